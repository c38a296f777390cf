// TopicAccess is what someone must be allowed to do something to a topic: by their own policies and by the topic's.
//
// Threads: any thread; memory only.
#pragma once

#include <string>

#include "controller/api/policy_cache.h"
#include "controller/auth/authorizer.h"
#include "controller/topics/topics.h"

namespace hearth::controller {

class TopicAccess {
 public:
  TopicAccess(const Topics& topics, std::string region) : topics_(topics), region_(std::move(region)) {}

  AccessRequest To(const TopicId& id, std::string action) const;

 private:
  const Topics& topics_;
  const std::string region_;
  const PolicyCache policies_;
};

}  // namespace hearth::controller
