#include "exporters/http/password.h"

#include <gtest/gtest.h>

namespace twinwatch::http_server {
namespace {

// By other implementations than libxcrypt's: Apache's htpasswd -B, PHP's, and jBCrypt's test
// vector.
TEST(Password, BcryptOfOthers) {
  EXPECT_TRUE(PasswordFits("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."));
  EXPECT_TRUE(PasswordFits("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"));
  EXPECT_TRUE(PasswordFits("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
  EXPECT_TRUE(PasswordFits("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
  EXPECT_FALSE(PasswordFits("U*V", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
  EXPECT_FALSE(PasswordFits("", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
  EXPECT_FALSE(PasswordFits(std::string(5000, 'x'),
                            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

TEST(Password, WhatIsNoHash) {
  const std::string good = "$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  EXPECT_EQ(WhyNoBcryptHash(good), "");
  EXPECT_EQ(WhyNoBcryptHash("$2y$16$" + good.substr(7)), "");
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "x", good.substr(0, 59), "$2x$10$" + good.substr(7),
        "$2b$03$" + good.substr(7), "$2b$1x$" + good.substr(7), "$2b$10." + good.substr(7),
        "$2b$10$:" + good.substr(8), std::string("$6$salt$hash"), std::string(60, 'x')}) {
    EXPECT_NE(WhyNoBcryptHash(bad), "") << bad;
  }
  const std::string too_dear(WhyNoBcryptHash("$2b$17$" + good.substr(7)));
  EXPECT_NE(too_dear.find("cost"), std::string::npos) << too_dear;
}

TEST(Password, SameSecret) {
  EXPECT_TRUE(SameSecret("abc", "abc"));
  EXPECT_FALSE(SameSecret("abc", "abd"));
  EXPECT_FALSE(SameSecret("abc", "ab"));
  EXPECT_TRUE(SameSecret("", ""));
}

}  // namespace
}  // namespace twinwatch::http_server
