#include "examples/apps/serve/live_page.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <random>

#include <backflow/runtime/files/parse_number.h>
#include "examples/apps/common/program.h"
#include "examples/apps/serve/page_files.h"
#include "examples/apps/serve/page_server.h"

namespace backflow {
namespace {

using namespace std::chrono_literals;
using Request = httplib::Request;
using Response = httplib::Response;
using Handled = httplib::Server::HandlerResponse;

constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

std::string random_token() {
  std::random_device device;
  std::string token;
  for (int i = 0; i < 4; ++i) token += fmt::format("{:08x}", device());
  return token;
}

/// Takes as long whatever the first difference is.
bool same_secret(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

/// The value of `name` in "a=1; b=2".
std::string cookie_of(const Request& request, const std::string& name) {
  const std::string all = "; " + request.get_header_value("Cookie");
  const std::size_t at = all.find("; " + name + "=");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 3;
  return all.substr(begin, all.find(';', begin) - begin);
}

/// "[::1]:8080" and "localhost:8080" without the port and the brackets.
std::string host_without_port(const std::string& host) {
  if (host.starts_with("[")) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

/// What a page of another origin would send along with a form or fetch().
bool is_same_origin(const Request& request) {
  const std::string site = request.get_header_value("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin") return false;
  return !request.has_header("Origin") ||
         request.get_header_value("Origin") == "http://" + request.get_header_value("Host");
}

void refuse(Response& response, int status, const std::string& why) {
  response.status = status;
  response.set_content(why + "\n", "text/plain; charset=utf-8");
}

std::uint64_t number_or(const std::string& text, std::uint64_t otherwise) {
  std::uint64_t number = 0;
  return files::read_number(text, number) ? number : otherwise;
}

}  // namespace

bool is_loopback(const std::string& address) {
  in_addr four{};
  in6_addr six{};
  if (address == "localhost") return true;
  if (inet_pton(AF_INET, address.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  return inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

PageAddress parse_page_address(const std::string& text, const std::string& token) {
  PageAddress result{.token = token.empty() ? random_token() : token, .is_given = !token.empty()};
  const std::size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  if (colon != std::string::npos) result.address = text.substr(0, colon);
  if (result.address.starts_with("[") && result.address.ends_with("]"))
    result.address = result.address.substr(1, result.address.size() - 2);
  std::int64_t number = 0;
  in6_addr any{};
  const char* address = result.address.c_str();
  if (!files::read_number(port, number) || number < 0 || number > 65535 ||
      (result.address != "localhost" && inet_pton(AF_INET, address, &any) != 1 &&
       inet_pton(AF_INET6, address, &any) != 1))
    throw UsageError("--serve needs PORT or ADDRESS:PORT, such as 8080, 0.0.0.0:8080 or [::1]:8080, got '" + text +
                     "'");
  result.port = static_cast<int>(number);
  if (!is_loopback(result.address) && !result.is_given)
    throw UsageError("--serve " + text + ": other machines reach that address; it needs --serve-token");
  const bool plain = token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~") ==
                     std::string::npos;
  if (result.is_given && (token.size() < 16 || token.size() > 256 || !plain))
    throw UsageError("--serve-token needs 16 to 256 letters, digits or any of -_.~");
  return result;
}

class LivePage::Impl {
 public:
  Impl(PageAddress address, LiveHistory& history, PageControls controls)
      : address_(std::move(address)), history_(history), controls_(std::move(controls)) {
    server_.set_payload_max_length(1024);
    server_.set_default_headers({{"Content-Security-Policy", kPolicy},
                                 {"X-Content-Type-Options", "nosniff"},
                                 {"Referrer-Policy", "no-referrer"},
                                 {"Cross-Origin-Resource-Policy", "same-origin"},
                                 {"Cache-Control", "no-store"}});
    server_.set_pre_routing_handler([this](const Request& request, Response& response) {
      return checked(request, response) ? Handled::Unhandled : Handled::Handled;
    });
    add_files();
    add_data();
    add_actions();
    server_.bind(address_.address, address_.port);
    // Cookies know no ports: those of two runs on one machine are told apart by name.
    cookie_ = fmt::format("backflow_{}", server_.port());
    server_.start();
  }

  /// Readers get the last events, unless they do not read.
  ~Impl() {
    history_.close();
    for (int i = 0; i < 50 && readers_ > 0; ++i) std::this_thread::sleep_for(10ms);
    server_.end();
  }

  std::string url() const {
    const bool is_six = address_.address.find(':') != std::string::npos;
    return fmt::format("http://{}:{}/{}", is_six ? "[" + address_.address + "]" : address_.address, server_.port(),
                       address_.is_given ? "" : "?token=" + address_.token);
  }

 private:
  /// Before any route. A name that is not this machine's was looked up by somebody else's page (DNS rebinding).
  bool checked(const Request& request, Response& response) {
    const std::string host = host_without_port(request.get_header_value("Host"));
    if (is_loopback(address_.address) && !is_loopback(host))
      return refuse(response, 421, "this page is not served under that name"), false;
    if (request.path == "/" && request.has_param("token") && has_token(request.get_param_value("token")))
      return let_in(response), false;
    const bool may_act = has_token(cookie_of(request, cookie_)) || has_bearer(request);
    if (request.method == "GET" || request.method == "HEAD") {
      if (may_act || !address_.is_given) return true;
      return refuse(response, 401, "open this page as /?token=…, with what --serve-token says"), false;
    }
    if (request.method != "POST") return refuse(response, 405, "GET and POST only"), false;
    if (!may_act) return refuse(response, 401, "the token is missing: open the address that the run printed"), false;
    if (!is_same_origin(request)) return refuse(response, 403, "a page of another origin may not do that"), false;
    return true;
  }

  bool has_token(const std::string& token) const { return same_secret(token, address_.token); }
  bool has_bearer(const Request& request) const {
    const std::string value = request.get_header_value("Authorization");
    return value.starts_with("Bearer ") && has_token(value.substr(7));
  }

  /// The token goes from the address into a cookie that no script reads.
  void let_in(Response& response) const {
    response.status = 303;
    response.set_header("Location", "/");
    response.set_header("Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict", cookie_, address_.token));
  }

  void add_files() {
    const auto add = [this](const char* path, std::string_view content, const char* type) {
      server_.Get(path, [content, type](const Request&, Response& response) {
        response.set_content(content.data(), content.size(), type);
      });
    };
    add("/", kPageHtml, "text/html; charset=utf-8");
    add("/page\\.css", kPageCss, "text/css; charset=utf-8");
    add("/page\\.js", kPageJs, "text/javascript; charset=utf-8");
  }

  void add_data() {
    server_.Get("/state", [this](const Request&, Response& response) {
      response.set_content(history_.state(), "application/json");
    });
    server_.Get("/picture", [this](const Request& request, Response& response) {
      const auto png = history_.picture(number_or(request.get_param_value("id"), 0));
      if (!png) return refuse(response, 404, "there is no such picture, or no longer");
      response.set_content(reinterpret_cast<const char*>(png->data()), png->size(), "image/png");
    });
    server_.Get("/events", [this](const Request& request, Response& response) { stream(request, response); });
  }

  void stream(const Request& request, Response& response) {
    const std::string seen = request.has_header("Last-Event-ID") ? request.get_header_value("Last-Event-ID")
                                                                 : request.get_param_value("after");
    auto reader = std::make_shared<Reader>(readers_, number_or(seen, 0));
    response.set_chunked_content_provider("text/event-stream", [this, reader](std::size_t, httplib::DataSink& sink) {
      LiveHistory::Events events = history_.events_after(reader->seen, 5s);
      reader->seen = events.last;
      if (events.text.empty() && !events.closed) events.text = ": still there\n\n";
      if (!events.text.empty() && !sink.write(events.text.data(), events.text.size())) return false;
      if (events.closed) sink.done();
      return true;
    });
  }

  void add_actions() {
    const auto add = [this](const char* path, const std::function<void()>& action) {
      server_.Post(path, [action](const Request&, Response& response) {
        action();
        response.status = 204;
      });
    };
    add("/pause", controls_.pause);
    add("/resume", controls_.resume);
    add("/stop", controls_.stop);
  }

  struct Reader {
    Reader(std::atomic<int>& all, std::uint64_t last) : readers(all), seen(last) { ++readers; }
    ~Reader() { --readers; }
    std::atomic<int>& readers;
    std::uint64_t seen;
  };

  PageAddress address_;
  LiveHistory& history_;
  PageControls controls_;
  std::string cookie_;
  std::atomic<int> readers_ = 0;
  PageServer server_;
};

LivePage::LivePage(PageAddress address, LiveHistory& history, PageControls controls)
    : impl_(std::make_unique<Impl>(std::move(address), history, std::move(controls))) {}

LivePage::~LivePage() = default;

std::string LivePage::url() const { return impl_->url(); }

}  // namespace backflow
