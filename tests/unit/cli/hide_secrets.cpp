// SPDX-License-Identifier: Apache-2.0
#include "cli/hide_secrets.hpp"

#include <doctest/doctest.h>

using imgbuild::cli::hide_secrets;

TEST_SUITE("hide secrets") {
    TEST_CASE("values of password attributes are not shown, and columns stay") {
        CHECK(
            hide_secrets(R"(<user name="a" password="gehöm" pwdformat="plain" idd="x"/>)") ==
            R"(<user name="a" password="*****" pwdformat="plain" idd="x"/>)");
        CHECK(hide_secrets("<user password = 'x\"y' b='c'>") == "<user password = '***' b='c'>");
        CHECK(hide_secrets("password=\"a\nbc\" x=\"y\"") == "password=\"*\n**\" x=\"y\"");
    }

    TEST_CASE("misspelt ones and broken ones neither") {
        for (const std::string name :
             {"passwrod", "Password", "pasword", "passwd", "luks", "pwd", "pssword"}) {
            CHECK(hide_secrets("<user " + name + "=\"abc\"/>") == "<user " + name + "=\"***\"/>");
        }
        CHECK(hide_secrets("<user password=abc id=\"1\">") == "<user password=*** id=\"1\">");
        CHECK(hide_secrets("<user password=\"abc") == "<user password=\"***");
        CHECK(hide_secrets("<user password=") == "<user password=");
    }

    TEST_CASE("everything else is") {
        const std::string text = "<source path=\"http://x?a=b\" name='c'/>\n<type "
                                 "luks_version=\"luks2\" network=\"eth0\"/>";
        CHECK(hide_secrets(text) == text);
    }
}
