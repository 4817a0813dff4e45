// Internal to apps/serve: the files of page/, which the build puts into the program.
#pragma once

#include <string_view>

namespace backflow {

extern const std::string_view kPageHtml, kPageCss, kPageJs;

}  // namespace backflow
