// Internal to apps/serve: the bytes of one connection, with an end to how many are read and how long anything takes.
#pragma once

#include <httplib.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>

namespace backflow {

struct StreamLimits {
  std::size_t request_bytes = 32 * 1024;           // request line, headers and body together
  std::chrono::milliseconds request_time{10'000};  // until all of them are there
  std::chrono::milliseconds write_time{5'000};     // without a byte that the other side takes
};

/// httplib's own stream waits anew for each byte: who sends one now and then holds it for ever. The methods that are
/// not in Debian 12's httplib are those of later ones.
class LimitedStream final : public httplib::Stream {
 public:
  /// `stopping` ends every wait.
  LimitedStream(int socket, StreamLimits limits, const std::atomic<bool>& stopping);

  // NOLINTBEGIN(modernize-use-override): not all of them exist in each version
  virtual bool is_readable() const { return at_ < end_ || wait(kReadable, std::chrono::milliseconds(0)); }
  virtual bool is_writable() const { return wait_writable(); }
  virtual bool wait_readable() const { return at_ < end_ || wait(kReadable, left()); }
  virtual bool wait_writable() const { return wait(kWritable, limits_.write_time); }
  virtual ssize_t read(char* to, std::size_t size);
  virtual ssize_t write(const char* from, std::size_t size);
  virtual void get_remote_ip_and_port(std::string& ip, int& port) const;
  virtual void get_local_ip_and_port(std::string& ip, int& port) const;
  virtual int socket() const { return socket_; }
  virtual time_t duration() const;
  // NOLINTEND(modernize-use-override)

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr short kReadable = 1, kWritable = 4;  // POLLIN, POLLOUT
  std::chrono::milliseconds left() const;
  bool wait(short what, std::chrono::milliseconds time) const;
  bool fill();

  int socket_;
  StreamLimits limits_;
  const std::atomic<bool>& stopping_;
  Clock::time_point began_ = Clock::now();
  std::array<char, 4096> buffer_;
  std::size_t at_ = 0, end_ = 0, received_ = 0;
};

}  // namespace backflow
