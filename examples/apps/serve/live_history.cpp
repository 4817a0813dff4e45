#include "examples/apps/serve/live_history.h"

#include <fmt/format.h>

namespace backflow {
namespace {

using Json = nlohmann::json;

/// Names may have any bytes.
std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::shared_ptr<const std::string> text_of(const Json& json) {
  return std::make_shared<const std::string>(dumped(json));
}

/// "[a,b,c]"
template <class Range, class Of>
std::string array_text(const Range& range, Of of) {
  std::string text;
  for (const auto& element : range) text += (text.empty() ? "[" : ",") + *of(element);
  return text.empty() ? "[]" : text + "]";
}

}  // namespace

LiveHistory::LiveHistory(std::string title, std::chrono::milliseconds interval)
    : title_(std::move(title)), interval_(interval) {}

void LiveHistory::Curve::add(const Json& point) {
  if (++skipped < every) return;
  skipped = 0;
  if (points.size() == kMaxPoints) {
    for (std::size_t i = 0; i < kMaxPoints / 2; ++i) points[i] = std::move(points[2 * i + 1]);
    points.resize(kMaxPoints / 2);
    every *= 2;
  }
  points.push_back(text_of(point));
}

/// With the mutex held.
void LiveHistory::send(Json event) {
  events_.push_back(fmt::format("id: {}\ndata: {}\n\n", ++last_event_, dumped(event)));
  if (events_.size() > kMaxEvents) events_.pop_front();
  changed_.notify_all();
}

void LiveHistory::add_step(const train::StepReport& r) {
  const std::scoped_lock lock(mutex_);
  loss_sum_ += static_cast<double>(r.loss) * static_cast<double>(r.samples);
  samples_ += r.samples;
  last_step_ = Clock::now();
  if (last_step_ - interval_began_ >= interval_) end_interval(r);
}

/// What passed since the last step is not part of what steps take: an evaluation, a pause.
void LiveHistory::leave_out_time() {
  const auto now = Clock::now();
  interval_began_ += now - last_step_;
  last_step_ = now;
}

bool LiveHistory::is_due(Clock::time_point& sent) const {
  if (Clock::now() - sent < interval_) return false;
  sent = Clock::now();
  return true;
}

void LiveHistory::end_interval(const train::StepReport& last) {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - interval_began_).count();
  Json point{{"step", last.step},
             {"epoch", last.epoch},
             {"loss", loss_sum_ / static_cast<double>(samples_)},
             {"learning_rate", last.learning_rate},
             {"samples_per_s", static_cast<double>(samples_) / seconds}};
  loss_sum_ = 0;
  samples_ = 0;
  interval_began_ = now;
  steps_.add(point);
  point["kind"] = "step";
  send(std::move(point));
}

void LiveHistory::add_epoch(const train::EpochReport& r) {
  const std::scoped_lock lock(mutex_);
  leave_out_time();
  Json point{{"step", r.last.step},
             {"epoch", r.last.epoch},
             {"train_loss", r.train_loss},
             {"part", r.validates ? "validation" : "test"},
             {"loss", r.evaluation.loss}};
  if (r.evaluation.regression)
    point["rmse"] = r.evaluation.regression->rmse;
  else
    point["accuracy"] = r.evaluation.accuracy;
  epochs_.add(point);
  if (!is_due(epoch_sent_)) return;
  point["kind"] = "epoch";
  send(std::move(point));
}

void LiveHistory::add_picture(const std::string& name, std::int64_t step, std::vector<std::byte> png) {
  const std::scoped_lock lock(mutex_);
  picture_bytes_ += png.size();
  Json about{{"id", next_picture_}, {"name", name}, {"step", step}};
  pictures_.push_back(
      {next_picture_++, text_of(about), std::make_shared<const std::vector<std::byte>>(std::move(png))});
  while (pictures_.size() > kMaxPictures || (picture_bytes_ > kMaxPictureBytes && pictures_.size() > 1)) {
    picture_bytes_ -= pictures_.front().png->size();
    pictures_.pop_front();
  }
  about["kind"] = "picture";
  send(std::move(about));
}

void LiveHistory::set_confusion(const train::ClassificationReport& report, const std::string& part, bool is_last) {
  const auto scores = report.scores();
  const auto classes = static_cast<std::int64_t>(scores.size());
  Json names = Json::array(), rows = Json::array();
  for (std::int64_t c = 0; c < classes && classes <= kMaxConfusionClasses; ++c) {
    names.push_back(report.name_of(c));
    rows.push_back(std::vector<std::int64_t>(scores.size(), 0));
  }
  if (classes <= kMaxConfusionClasses)
    for (const auto& [pair, count] : report.confusion())
      rows[static_cast<std::size_t>(pair.first)][static_cast<std::size_t>(pair.second)] = count;
  const std::scoped_lock lock(mutex_);
  const Json confusion{{"part", part}, {"classes", classes}, {"names", names}, {"rows", rows}};
  confusion_ = text_of(confusion);
  if (is_due(confusion_sent_) || is_last) send({{"kind", "confusion"}, {"confusion", confusion}});
}

void LiveHistory::set_status(const JobStatus& s) {
  const std::scoped_lock lock(mutex_);
  if (s.state == JobState::paused) leave_out_time();
  const std::string state = to_string(s.state);
  if (state == status_name_ && Clock::now() - status_sent_ < std::chrono::seconds(1)) return;
  status_name_ = state;
  status_sent_ = Clock::now();
  Json event{{"state", state}, {"done", s.progress.done}, {"total", s.progress.total}, {"seconds", s.seconds}};
  status_ = text_of(event);
  event["kind"] = "status";
  send(std::move(event));
}

void LiveHistory::close() {
  const std::scoped_lock lock(mutex_);
  if (closed_) return;
  send({{"kind", "end"}});
  closed_ = true;
}

std::string LiveHistory::state() const {
  std::unique_lock lock(mutex_);
  const std::vector<Text> steps = steps_.points, epochs = epochs_.points;
  const std::deque<Shown> pictures = pictures_;
  const Text confusion = confusion_, status = status_;
  const std::uint64_t last = last_event_;
  lock.unlock();
  const auto itself = [](const Text& text) { return text; };
  return fmt::format(
      R"({{"title":{},"last_event":{},"steps":{},"epochs":{},"pictures":{},"confusion":{},"status":{}}})",
      dumped(title_), last, array_text(steps, itself), array_text(epochs, itself),
      array_text(pictures, [](const Shown& p) { return p.about; }), confusion ? *confusion : "null",
      status ? *status : "null");
}

LiveHistory::Picture LiveHistory::picture(std::uint64_t id) const {
  const std::scoped_lock lock(mutex_);
  if (pictures_.empty() || id < pictures_.front().id || id > pictures_.back().id) return nullptr;
  return pictures_[static_cast<std::size_t>(id - pictures_.front().id)].png;
}

LiveHistory::Events LiveHistory::events_after(std::uint64_t seen, std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [&] { return closed_ || last_event_ != seen; });
  Events events{.last = last_event_, .closed = closed_};
  const std::uint64_t first = last_event_ - events_.size() + 1;
  if (seen > last_event_ || seen + 1 < first) {
    events.text = fmt::format("id: {}\ndata: {{\"kind\":\"reset\"}}\n\n", last_event_);
    return events;
  }
  for (std::uint64_t i = seen + 1; i <= last_event_; ++i) events.text += events_[static_cast<std::size_t>(i - first)];
  return events;
}

}  // namespace backflow
