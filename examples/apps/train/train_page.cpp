#include "examples/apps/train/train_page.h"

#include <iostream>

#include <backflow/graph/error.h>

namespace backflow {

TrainPage::TrainPage(const TrainProgram& p, TrainRun& run, StatusBoard& board, std::function<bool()> interrupted)
    : run_(run), interrupted_(std::move(interrupted)) {
  if (p.serve.empty()) return;
  const PageAddress address = parse_page_address(p.serve, p.serve_token);
  history_.emplace(str_cat(start_of(run.settings()), " on ", run.settings().data));
  try {
    PageControls controls{
        .pause = [this] { hold(true); }, .resume = [this] { hold(false); }, .stop = [this] { stops_ = true; }};
    page_.emplace(address, *history_, std::move(controls));
  } catch (const Error& e) {
    history_.reset();
    if (p.serve_strict) throw;
    std::cerr << "train: --serve: " << e.what() << "; the run goes on without\n";
    return;
  }
  run.show_on(&*history_);
  board.say(str_cat("page: ", page_->url()));
  std::cout << std::flush;
}

TrainPage::Attached TrainPage::attach(const JobHandle& training, Watch* watch) {
  const std::scoped_lock lock(mutex_);
  training_ = training;
  watch_ = watch;
  return Attached(*this);
}

void TrainPage::detach() {
  const std::scoped_lock lock(mutex_);
  training_.reset();
  watch_ = nullptr;
}

void TrainPage::hold(bool held) {
  const std::scoped_lock lock(mutex_);
  if (!training_) return;
  if (watch_)
    watch_->hold_training(held);
  else if (held)
    training_->pause();
  else
    training_->resume();
}

void TrainPage::update() {
  if (!history_) return;
  if (stops_ || interrupted_()) hold(false);  // a paused job would not see it
  const std::scoped_lock lock(mutex_);
  if (training_) history_->set_status(training_->status());
}

void TrainPage::end() {
  if (!history_) return;
  update();
  const train::FinalTest* test = run_.fit().test();
  if (test && test->report()) history_->set_confusion(*test->report(), "test", true);
}

}  // namespace backflow
