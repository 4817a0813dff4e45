// Text inside XML, HTML and graphviz's labels.
#pragma once

#include <string>

namespace backflow {

/// Safe between tags, and in an attribute or a label between double quotes.
std::string escaped(const std::string& text);

}  // namespace backflow
