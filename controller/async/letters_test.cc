#include "controller/async/letters.h"

#include <gtest/gtest.h>

#include "controller/invoke/lineage.h"

namespace hearth::controller {
namespace {

records::QueuedEvent EventOf() {
  records::QueuedEvent event;
  event.set_account("000000000000");
  event.set_function_name("hello");
  event.set_request_id("r");
  event.set_payload(R"({"a":1})");
  event.set_trace_header("Root=1");
  return event;
}

std::string Attribute(const NewMessage& letter, const std::string& name) {
  for (const records::QueueMessageAttribute& attribute : letter.message.attributes()) {
    if (attribute.name() == name) return attribute.value();
  }
  return "none";
}

TEST(LettersTest, ADeadLetterIsTheEventAndItsError) {
  records::LastAttempt last;
  last.set_payload(R"({"errorMessage":"broken","errorType":"E"})");
  const NewMessage letter = DeadLetterOf(EventOf(), {EventFate::kRetriesExhausted, 3, last});
  EXPECT_EQ(letter.message.body(), R"({"a":1})");
  EXPECT_EQ(Attribute(letter, "RequestID"), "r");
  EXPECT_EQ(Attribute(letter, "ErrorCode"), "200");
  EXPECT_EQ(Attribute(letter, "ErrorMessage"), "broken");
  EXPECT_EQ(letter.message.trace_header(), WithRun("Root=1", "000000000000", "hello"));
  EXPECT_EQ(letter.message.attributes_md5().size(), 32u);
}

TEST(LettersTest, CutsLongErrorsBetweenCharacters) {
  records::LastAttempt last;
  last.set_payload(R"({"errorMessage":")" + std::string(1023, 'x') + "\u00fc\"}");
  EXPECT_EQ(Attribute(DeadLetterOf(EventOf(), {EventFate::kRetriesExhausted, 3, last}), "ErrorMessage"),
            std::string(1023, 'x'));
}

TEST(LettersTest, WhatNeverRanWasThrottled) {
  EXPECT_EQ(Attribute(DeadLetterOf(EventOf(), {EventFate::kZeroReservedConcurrency, 0, std::nullopt}), "ErrorCode"),
            "429");
}

TEST(LettersTest, ARecordIsTheBody) {
  EXPECT_EQ(RecordLetterOf(EventOf(), "{}").message.body(), "{}");
  EXPECT_EQ(RecordLetterOf(EventOf(), "{}").message.system_attributes_md5().size(), 32u);
}

}  // namespace
}  // namespace hearth::controller
