// A page of the run that goes on, at an address of this machine, with buttons that pause and end it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "examples/apps/serve/live_history.h"

namespace backflow {

/// Where a page is, and who may see it.
struct PageAddress {
  std::string address = "127.0.0.1";
  int port = 0;            // 0: any that is free
  std::string token = {};  // whoever has it may act
  bool is_given = false;   // the token is the user's: without it nothing is shown either
};

/// Of "[ADDRESS:]PORT", with a token made at random where none is given. Throws a UsageError for what is no address,
/// and for one that other machines reach without a token.
PageAddress parse_page_address(const std::string& text, const std::string& token);
/// Whether only programs on this machine reach it.
bool is_loopback(const std::string& address);

/// What the buttons do; called on threads of the page's.
struct PageControls {
  std::function<void()> pause, resume, stop;
};

class LivePage {
 public:
  /// Throws an Error if the address cannot be used. `history` must outlive it.
  LivePage(PageAddress address, LiveHistory& history, PageControls controls);
  /// Readers get what came last.
  ~LivePage();
  LivePage(const LivePage&) = delete;
  LivePage& operator=(const LivePage&) = delete;

  /// To be opened in a browser; with the token, unless it is the user's.
  std::string url() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backflow
