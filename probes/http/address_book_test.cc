#include "probes/http/address_book.h"

#include <gtest/gtest.h>

namespace twinwatch::http {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

const AddressBook::Endpoints kSomewhere = {{boost::asio::ip::address_v4::loopback(), 9870}};
const Deadline kNow{1000s};

TEST(AddressBook, WhatWasFoundHoldsForAWhile) {
  AddressBook book;
  EXPECT_FALSE(book.Find("nn:9870", kNow));
  book.Keep("nn:9870", kSomewhere, kNow);
  EXPECT_EQ(book.Find("nn:9870", kNow), kSomewhere);
  EXPECT_EQ(book.Find("nn:9870", kNow + AddressBook::kGoodFor - 1ms), kSomewhere);
  EXPECT_FALSE(book.Find("nn:9870", kNow + AddressBook::kGoodFor));
  EXPECT_FALSE(book.Find("nn:9871", kNow));
}

TEST(AddressBook, AHostThatMayHaveMovedIsLookedUpAgain) {
  AddressBook book;
  book.Keep("nn:9870", kSomewhere, kNow);
  book.Forget("nn:9870");
  EXPECT_FALSE(book.Find("nn:9870", kNow));
}

TEST(AddressBook, IsBounded) {
  AddressBook book;
  for (size_t i = 0; i <= AddressBook::kMost; ++i)
    book.Keep("dn" + std::to_string(i) + ":9864", kSomewhere, kNow);
  EXPECT_FALSE(book.Find("dn0:9864", kNow));
  EXPECT_TRUE(book.Find("dn" + std::to_string(AddressBook::kMost) + ":9864", kNow));
}

}  // namespace
}  // namespace twinwatch::http
