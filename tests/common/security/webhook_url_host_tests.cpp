// Tests the host of a webhook's URL. webhook_url_tests.cpp tests the rest.
#define BOOST_TEST_MODULE webhook_url_host
#include "common/security/webhook_url.hpp"

#include <boost/test/unit_test.hpp>
#include <span>
#include <string>

using security::UrlValidity;
using security::validate_webhook_url;
using namespace std::string_literals;

namespace {

const std::string kLabel63(63, 'a');
const std::string kName253 = kLabel63 + "." + kLabel63 + "." + kLabel63 + "." + std::string(61, 'a');

void check(std::span<const std::string> urls, UrlValidity result) {
    for (const std::string& url : urls) BOOST_TEST((validate_webhook_url(url) == result), "<" << url << ">");
}

}  // namespace

BOOST_AUTO_TEST_CASE(hosts_of_every_form) {
    const std::string urls[] = {
        "https://e",
        "https://intranet/",
        "https://example.com./",
        "https://e./",
        "https://a.b.c.d.e.f.example.com/",
        "https://xn--bcher-kva.example/",
        "https://xn--e1afmkfd.xn--p1ai/",
        "https://my_service.example.com/",
        "https://_dmarc._tcp_.example.com/",
        "https://_/",
        "https://a--b.example.com/",
        "https://a-b/",
        "https://1a/",
        "https://1.2.3.4a/",
        "https://123.example.com/",
        "https://1.1.1.1.example.com/",
        "https://0x7f.1.example/",
        "https://0xg/",
        "https://a.0x7g/",
        "https://x0/",
        "https://00x/",
        "https://localhost.example.com/",
        "https://notlocalhost/",
        "https://" + kLabel63 + "/",
        "https://" + kLabel63 + ".example.com/",
        "https://" + kName253 + "/",
        "https://" + kName253 + "./",
        "https://93.184.216.34/",
        "https://1.1.1.1",
        "https://8.8.8.8:8443/hook",
        "https://223.255.255.255/",
        "https://[2606:4700:4700::1111]/",
        "https://[2606:4700:4700:0:0:0:0:1111]",
        "https://[2606:4700:4700:0000:0000:0000:0000:1111]:8443/",
        "https://[2A00:1450:4001:81B::200E]/",
        "https://[2a00::8.8.8.8]/",
        "https://[3000::]/",
    };
    check(urls, UrlValidity::kValid);
}

BOOST_AUTO_TEST_CASE(hosts_that_dns_could_not_have) {
    const std::string urls[] = {"https://-example.com/",
                                "https://example-.com/",
                                "https://example.-com/",
                                "https://example.com-/",
                                "https://example.com-./",
                                "https://-/",
                                "https://.example.com/",
                                "https://example..com/",
                                "https://example.com../",
                                "https://exa mple.com/",
                                "https://exa%6dple.com/",
                                "https://%65xample.com/",
                                "https://example.com%2f/",
                                "https://example.com%00/",
                                "https://%31%32%37.0.0.1/",
                                "https://b\u00fccher.example/",
                                "https://\u3002example.com/",
                                "https://example\u3002com/",
                                "https://\u24db\u24de\u24d2al.example/",
                                "https://exam\u00adple.com/",
                                "https://ex!ample.com/",
                                "https://ex*ample.com/",
                                "https://*.example.com/",
                                "https://ex~ample.com/",
                                "https://ex,ample.com/",
                                "https://ex;ample.com/",
                                "https://ex&ample.com/",
                                "https://ex=ample.com/",
                                "https://ex'ample.com/",
                                "https://(example.com)/",
                                "https://example.com\t/",
                                "https://example.com\n/",
                                "https://example.com\r\nHost:localhost/",
                                "https://exam\0ple.com/"s,
                                "https://example.com\0"s,
                                "https://example.com\0.localhost/"s,
                                "https://example.com\\/",
                                "https://example.com\\.evil.example/",
                                "https://" + kLabel63 + "a/",
                                "https://" + kLabel63 + "a.example.com/",
                                "https://www." + kLabel63 + "a/",
                                "https://" + kName253 + "a/",
                                "https://" + kName253 + "a./",
                                "https://" + kName253 + "../",
                                "https://[example.com]/",
                                "https://[1.1.1.1]/",
                                "https://1.1.1.1]/",
                                "https://[/",
                                "https://]/",
                                "https://[2606:4700::1111/",
                                "https://2606:4700::1111]/",
                                "https://2606:4700::1111/",
                                "https://[[2606:4700::1111]]/",
                                "https://[2606:4700::1111].example.com/",
                                "https://a[2606:4700::1111]/",
                                "https://[2606:4700::1111]a/",
                                "https://[2606:4700::1111].:443/",
                                "https://[2606::4700::1111]/",
                                "https://[2606:4700:1111]/",
                                "https://[2606:4700:1:2:3:4:5:6:7]/",
                                "https://[2606:4700:1:2:3:4:5::6:7]/",
                                "https://[2606:4700:::1111]/",
                                "https://[2606:04700::1111]/",
                                "https://[2606:g::1]/",
                                "https://[2606:4700::256.0.0.1]/",
                                "https://[2606:4700::1.2.3]/",
                                "https://[2606:4700::01.2.3.4]/",
                                "https://[2606:4700::1111/64]/",
                                "https://[fe80::1%25eth0]/",
                                "https://[fe80::1%eth0]/",
                                "https://[2606:4700::1111%251]/",
                                "https://[2606:4700::1111%]/",
                                "https://[ 2606:4700::1111]/",
                                "https://[v1.fe80::a+en1]/",
                                "https://[:]/",
                                "https://[2606:4700::1111\0]/"s,
                                "https://[" + std::string(100, ':') + "]/"};
    check(urls, UrlValidity::kInvalid);
}

BOOST_AUTO_TEST_CASE(other_forms_of_ipv4_addresses_are_refused) {
    const std::string urls[] = {"https://0/",
                                "https://1/",
                                "https://127.1/",
                                "https://127.0.1/",
                                "https://127.0.0.1./",
                                "https://1.1.1.1./",
                                "https://2130706433/",
                                "https://2130706433./",
                                "https://16843009/",
                                "https://4294967296/",
                                "https://99999999999999999999/",
                                "https://0x7f.1/",
                                "https://0x7f.0.0.1/",
                                "https://0x7f000001/",
                                "https://0X7F000001/",
                                "https://0x7F.0x0.0x0.0x1/",
                                "https://1.1.1.0x1/",
                                "https://1.1.1.0x1./",
                                "https://0x/",
                                "https://0X/",
                                "https://0x./",
                                "https://127.0.0.0x/",
                                "https://0177.0.0.1/",
                                "https://017700000001/",
                                "https://127.0.0.01/",
                                "https://08.8.8.8/",
                                "https://8.8.8.08/",
                                "https://008.8.8.8/",
                                "https://00.0.0.0/",
                                "https://256.1.1.1/",
                                "https://1.1.1.256/",
                                "https://1.1.1.1000/",
                                "https://1.1.1/",
                                "https://1.1.1.1.1/",
                                "https://1.1.1.1.1./",
                                "https://1..1.1/",
                                "https://.1.1.1.1/",
                                "https://1.1.1.1../",
                                "https://example.1/",
                                "https://example.com.0x1f/",
                                "https://example.com.09/",
                                "https://1.1.1.-1/",
                                "https://+1.1.1.1/",
                                "https://1.1.1.1e0/x y",
                                "https://user@2130706433/",
                                "https://2130706433:443/"};
    check(urls, UrlValidity::kInvalid);
}

BOOST_AUTO_TEST_CASE(forbidden_addresses) {
    const std::string urls[] = {"https://localhost",
                                "https://localhost/",
                                "HTTPS://LOCALHOST/",
                                "https://localhost./",
                                "https://localhost:8443/",
                                "https://a.localhost/",
                                "https://a.b.LocalHost./hook",
                                "https://127.0.0.1",
                                "https://127.0.0.1:65535/",
                                "https://127.255.255.254/?q#f",
                                "https://0.0.0.0/",
                                "https://10.0.0.1/",
                                "https://100.64.0.1/",
                                "https://168.63.129.16/",
                                "https://169.254.169.254/latest/meta-data/",
                                "https://172.16.0.1/",
                                "https://192.0.0.1/",
                                "https://192.0.2.1/",
                                "https://192.88.99.1/",
                                "https://192.168.1.1/",
                                "https://198.18.0.1/",
                                "https://198.51.100.1/",
                                "https://203.0.113.1/",
                                "https://224.0.0.1/",
                                "https://255.255.255.255/",
                                "https://[::]/",
                                "https://[::1]/",
                                "https://[::1]:8443/",
                                "https://[0:0:0:0:0:0:0:1]/",
                                "https://[0000:0000:0000:0000:0000:0000:0000:0001]/",
                                "https://[::ffff:127.0.0.1]/",
                                "https://[::ffff:7f00:1]/",
                                "https://[0:0:0:0:0:ffff:127.0.0.1]/",
                                "https://[::FFFF:8.8.8.8]/",
                                "https://[::127.0.0.1]/",
                                "https://[64:ff9b::7f00:1]/",
                                "https://[64:ff9b::127.0.0.1]/",
                                "https://[64:ff9b:1::1]/",
                                "https://[100::1]/",
                                "https://[2001::1]/",
                                "https://[2001:db8::1]/",
                                "https://[2002:7f00:1::]/",
                                "https://[3fff::1]/",
                                "https://[5f00::1]/",
                                "https://[fc00::1]/",
                                "https://[fd00:ec2::254]/",
                                "https://[fe80::1]/",
                                "https://[fec0::1]/",
                                "https://[ff02::1]/",
                                "https://[FEBF::1]:443/",
                                "https://[0000:0000:0000:0000:0000:ffff:127.100.100.100]/"};
    check(urls, UrlValidity::kForbiddenAddress);
}

BOOST_AUTO_TEST_CASE(an_invalid_url_is_invalid_whatever_its_address) {
    const std::string urls[] = {
        "https://localhost:0/",  "https://localhost:/",        "https://127.0.0.1/ ",
        "https://[::1",          "https://localhost/\x80",     "https://127.0.0.1:65536/",
        "https://10.0.0.1/%",    "https://u@v@localhost/",     "https://[::1%25lo]/",
        "https://localhost#a#b", "https://169.254.169.254/[x", "https://local%68ost/",
    };
    check(urls, UrlValidity::kInvalid);
}

BOOST_AUTO_TEST_CASE(an_allow_list_makes_exceptions) {
    const security::Destinations destinations(
        security::AllowList::parse("127.0.0.1:8443 10.1.0.0/16 [::1]:8443"),
        security::PortList::parse("443 9443"));
    for (const char* url : {"https://127.0.0.1:8443/", "https://localhost:8443/", "https://[::1]:8443/",
                            "https://10.1.2.3/", "https://10.1.2.3:9443/", "https://example.com/",
                            "https://1.1.1.1:9443/", "https://example.com:8443/"}) {
        BOOST_TEST((validate_webhook_url(url, destinations) == UrlValidity::kValid), url);
    }
    for (const char* url :
         {"https://127.0.0.1/", "https://localhost/", "https://10.2.0.1/", "https://10.1.2.3:8443/",
          "https://[::ffff:127.0.0.1]:8443/", "https://1.1.1.1:8443/", "https://example.com:444/"}) {
        BOOST_TEST((validate_webhook_url(url, destinations) == UrlValidity::kForbiddenAddress), url);
    }
    // Its other forms stay invalid.
    BOOST_TEST((validate_webhook_url("https://127.1:8443/", destinations) == UrlValidity::kInvalid));
}
