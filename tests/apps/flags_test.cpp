#include "examples/apps/common/flags.h"

#include "examples/apps/common/program.h"
#include "examples/apps/dream/dream_flags.h"
#include "examples/apps/train/train_run.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

void parse(CLI::App& app, std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
}

TrainSettings train_flags(const std::vector<std::string>& arguments) {
  CLI::App app;
  TrainSettings settings;
  add_flags(app, table(settings));
  parse(app, arguments);
  return settings;
}

DreamFlags dream_flags(const std::vector<std::string>& arguments) {
  CLI::App app;
  DreamFlags flags;
  add_options(app, flags);
  parse(app, arguments);
  return flags;
}

dream::DreamOptions dream_options(const std::vector<std::string>& arguments) {
  return options_of(dream_flags(arguments), {32, 24});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flags)

BOOST_AUTO_TEST_CASE(reach_the_members_of_their_options) {
  const TrainSettings s =
      train_flags({"--lr", "0.5", "--hidden", "3,4", "--nesterov", "--schedule", "step", "--drop", "0.25"});
  BOOST_TEST(s.learning_rate == 0.5F);
  BOOST_TEST(s.hidden == (std::vector<std::int64_t>{3, 4}), boost::test_tools::per_element());
  BOOST_TEST(s.nesterov);
  BOOST_TEST((s.schedule.kind == train::ScheduleKind::step));
  BOOST_TEST(s.schedule.drop == 0.25);
  BOOST_TEST(s.epochs == 10);
}

BOOST_AUTO_TEST_CASE(help_has_every_option_with_its_default) {
  CLI::App app;
  TrainSettings settings;
  TrainProgram program;
  add_flags(app, table(settings));
  add_flags(app, table(program));
  const std::string help = app.help();
  for (const auto& all : {table(settings), table(program)})
    for (const files::Option& option : all)
      BOOST_TEST(help.find("--" + flag_of(option)) != std::string::npos, option.name);
  for (const char* part :
       {"--hidden N,N,...=256,256", "--schedule WORD=cosine", "constant, step or cosine", "--lr X=0.05"})
    BOOST_TEST(help.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(every_dream_option_can_be_given) {
  dream::DreamOptions usual;
  CLI::App app;
  DreamFlags flags;
  add_options(app, flags);
  const std::string help = app.help();
  for (const char* flag : {"--jitter", "--crop-spread", "--start-stddev", "--no-clamp", "--relu-override-steps"})
    BOOST_TEST(help.find(flag) != std::string::npos, flag);
  const dream::DreamOptions o =
      dream_options({"--preset", "homework", "--lr", "0.5,0.25", "--grad-blur", "2", "--blur", "1,0.5,7", "--no-clamp",
                     "--set", "start-mean=0.25", "--start", "grey", "--scales", "0.5,1", "--normalize", "none"});
  BOOST_TEST(o.learning_rate == 0.5F);
  BOOST_TEST(o.learning_rate_end == 0.25F);
  BOOST_TEST(o.gradient_blur_end == 2);
  BOOST_TEST(o.blur_every == 7);
  BOOST_TEST(!o.clamp);
  BOOST_TEST(o.start_mean == 0.25F);
  BOOST_TEST((o.start == dream::Start::grey));
  BOOST_TEST(o.scales == (std::vector<double>{0.5, 1}), boost::test_tools::per_element());
  BOOST_TEST((o.normalize == dream::Normalize::none));
}

BOOST_AUTO_TEST_CASE(an_error_names_the_flag_that_set_the_option) {
  CHECK_THROWS(UsageError, dream_options({"--jitter", "-3"}), "--jitter: jitter needs to be in 0 … 65536, got -3");
  CHECK_THROWS(UsageError, dream_options({"--blur", "-1", "--preset", "homework"}), "--blur: blur needs");
  CHECK_THROWS(UsageError, dream_options({"--set", "decay=2"}), "--set: decay needs to be in 0 … 1, got 2");
  CHECK_THROWS(UsageError, dream_options({"--jitter", "4", "--set", "jitter=-1"}), "--set: jitter");
  CHECK_THROWS(UsageError, dream_options({"--parameterization", "pyramid", "--octaves", "3"}),
               "--octaves: octaves are of pixels");
  CHECK_THROWS(UsageError, dream_options({"--set", "jiter=3"}), "did you mean 'jitter'");
  CHECK_THROWS(CLI::ValidationError, train_flags({"--epochs", "0"}), "--epochs: needs to be in 1 … 1000000, got 0");
  CHECK_THROWS(CLI::ValidationError, train_flags({"--optimizer", "lbfgs"}),
               "--optimizer: needs to be sgd, adam or adamw, got 'lbfgs'");
}

BOOST_AUTO_TEST_SUITE_END()
