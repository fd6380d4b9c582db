#include "http/uri.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace aigw;
using namespace aigw::http;

TEST_CASE("base URLs are read and written back in one form") {
  struct Case {
    const char* text;
    const char* host;
    int port;
    const char* path;
    const char* again;
  };
  for (const Case& c :
       {Case{"https://api.openai.com/v1", "api.openai.com", 443, "/v1", "https://api.openai.com/v1"},
        Case{"HTTP://LocalHost:11434/v1/", "localhost", 11434, "/v1", "http://localhost:11434/v1"},
        Case{"https://api.anthropic.com", "api.anthropic.com", 443, "", "https://api.anthropic.com"},
        Case{"http://[FD00::1]:8000//", "fd00::1", 8000, "", "http://[fd00::1]:8000"},
        Case{"https://x.example:443/a/b%20c", "x.example", 443, "/a/b%20c", "https://x.example/a/b%20c"},
        Case{"http://10.0.0.1", "10.0.0.1", 80, "", "http://10.0.0.1"}}) {
    CAPTURE(c.text);
    const auto url = parse_url(c.text);
    REQUIRE(url.ok());
    CHECK(url->host == c.host);
    CHECK(url->port == c.port);
    CHECK(url->path == c.path);
    CHECK(url->text() == c.again);
  }
  CHECK(parse_url("http://[::1]:80")->authority() == "[::1]");
  CHECK(parse_url("https://a.example:8443")->authority() == "a.example:8443");
}

TEST_CASE("URLs that are no base URL are refused, and the error says why") {
  struct Case {
    const char* text;
    const char* why;
  };
  for (const Case& c : {Case{"", "http://"},
                        Case{"api.openai.com/v1", "http://"},
                        Case{"ftp://a.example", "neither"},
                        Case{"file:///etc/passwd", "neither"},
                        Case{"javascript://x", "neither"},
                        Case{"http://", "no host"},
                        Case{"http:///v1", "no host"},
                        Case{"http://user:pass@a.example", "user"},
                        Case{"http://a.example/v1?key=x", "query"},
                        Case{"http://a.example#x", "fragment"},
                        Case{"http://a.example:0", "port"},
                        Case{"http://a.example:65536", "port"},
                        Case{"http://a.example:http", "host[:port]"},
                        Case{"http://a b.example", "spaces"},
                        Case{"http://a\nb", "spaces"},
                        Case{"http://[::1", "host[:port]"},
                        Case{"http://[::g]", "host[:port]"},
                        Case{"http://[1:2]", "IPv6"},
                        Case{"http://2130706433", "IPv4"},
                        Case{"http://0x7f.1", "IPv4"},
                        Case{"http://127.1", "IPv4"},
                        Case{"http://0177.0.0.1.", "IPv4"},
                        Case{"http://256.0.0.1", "IPv4"},
                        Case{"http://a..b", "host name"},
                        Case{"http://-a.example", "host name"},
                        Case{"http://a.example/../b", "path"},
                        Case{"http://a.example/a//b", "path"},
                        Case{"http://a.example/%zz", "path"}}) {
    CAPTURE(c.text);
    const auto url = parse_url(c.text);
    REQUIRE_FALSE(url.ok());
    CHECK(url.error().kind == ErrorKind::config);
    CHECK_MESSAGE(url.error().message.find(c.why) != std::string::npos, url.error().message);
  }
}

TEST_CASE("addresses tell where they lead") {
  using enum AddressScope;
  struct Case {
    const char* ip;
    AddressScope scope;
  };
  for (const Case& c : {Case{"8.8.8.8", global},
                        Case{"172.15.0.1", global},
                        Case{"172.32.0.1", global},
                        Case{"192.167.1.1", global},
                        Case{"100.128.0.1", global},
                        Case{"2606:4700::1111", global},
                        Case{"::ffff:8.8.8.8", global},
                        Case{"64:ff9b::808:808", global},
                        Case{"127.0.0.1", loopback},
                        Case{"127.9.9.9", loopback},
                        Case{"::1", loopback},
                        Case{"::ffff:127.0.0.1", loopback},
                        Case{"2002:7f00:1::", loopback},
                        Case{"10.1.2.3", private_use},
                        Case{"172.16.0.1", private_use},
                        Case{"172.31.255.255", private_use},
                        Case{"192.168.0.1", private_use},
                        Case{"100.64.0.1", private_use},
                        Case{"fd12::1", private_use},
                        Case{"::ffff:10.0.0.1", private_use},
                        Case{"169.254.169.254", forbidden},
                        Case{"::ffff:169.254.169.254", forbidden},
                        Case{"64:ff9b::a9fe:a9fe", forbidden},
                        Case{"fe80::1", forbidden},
                        Case{"fe80::1%eth0", forbidden},
                        Case{"0.0.0.0", forbidden},
                        Case{"::", forbidden},
                        Case{"224.0.0.1", forbidden},
                        Case{"ff02::1", forbidden},
                        Case{"255.255.255.255", forbidden},
                        Case{"240.0.0.1", forbidden},
                        Case{"2001:db8::1", forbidden},
                        Case{"nonsense", forbidden},
                        Case{"", forbidden}}) {
    CAPTURE(c.ip);
    CHECK(scope_of_address(c.ip) == c.scope);
  }
  CHECK(is_private_address("192.168.1.1"));
  CHECK_FALSE(is_private_address("1.1.1.1"));
}
