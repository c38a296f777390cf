// Notification is what a subscriber is told: the envelope a queue or a URL gets, the event a function gets.
//
// Shapes:  the envelope is JSON as AWS lays it out, its URLs end in "URL"; the event is one record whose URLs end in
//          "Url". Both are signed over the same lines of names and values.
// Threads: no state.
// Source:  events.md A5; SNS Developer Guide, "HTTP/HTTPS notification JSON format".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/mutex.h"
#include "controller/queues/queue_types.h"
#include "controller/topics/message_signer.h"
#include "controller/topics/topic_types.h"

namespace hearth::controller {

// What a signature is over.
std::string SignedText(const records::TopicMessage& message, const std::string& protocol, std::string_view region);

// Signatures of one message: each is made once, however many get it. Any thread.
class Signatures {
 public:
  explicit Signatures(const MessageSigner& signer) : signer_(signer) {}

  std::string Of(const records::TopicMessage& message, const std::string& protocol, std::string_view region);
  const std::string& certificate_path() const { return signer_.path(); }

 private:
  const MessageSigner& signer_;
  Mutex mutex_;  // held while one is made: whoever comes meanwhile wants the same
  std::map<std::string, std::string> by_protocol_ GUARDED_BY(mutex_);
};

// For queues and URLs.
std::string MessageEnvelope(const records::TopicMessage& message, const records::TopicSubscription& subscription,
                            std::string_view region, Signatures& signatures);
// What asks whoever is at a URL to confirm: the token is in it.
std::string ConfirmationRequest(const records::TopicMessage& message, std::string_view region, Signatures& signatures);
std::string FunctionEvent(const records::TopicMessage& message, const SubscriptionId& id, std::string_view region,
                          Signatures& signatures);
// The message for a queue: the text and attributes themselves where `raw`, else an envelope.
NewMessage QueueMessageOf(const records::TopicMessage& message, const records::TopicSubscription& subscription,
                          std::string_view region, Signatures& signatures);
// What is posted to a URL: the same, or of a message with a token the request to confirm.
std::string BodyForUrl(const records::TopicMessage& message, const records::TopicSubscription& subscription,
                       std::string_view region, Signatures& signatures);

}  // namespace hearth::controller
