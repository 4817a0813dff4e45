#include <backflow/runtime/dream/image/transformed_networks.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/objective/objective_graph.h>

namespace backflow::dream {
namespace {

using Kind = ObjectiveTerm::Kind;

std::string prefix_of(std::size_t scale, std::size_t network) {
  return str_cat("scale", scale, "/network", network, "/");
}

std::optional<std::int64_t> class_of(const Objective& objective) {
  for (const ObjectiveTerm& t : objective.terms)
    if (t.kind == Kind::class_logit) return t.index;
  return {};
}

double mean(std::span<const float> values) {
  double total = 0;
  for (float v : values) total += v;
  return total / static_cast<double>(values.size());
}

/// Of one class, by softmax; the mean over all rows of logits.
double mean_probability(std::span<const float> logits, std::size_t classes, std::size_t index) {
  double total = 0;
  for (std::size_t row = 0; row < logits.size(); row += classes) {
    const auto of_row = logits.subspan(row, classes);
    const double highest = *std::max_element(of_row.begin(), of_row.end());
    double sum = 0;
    for (float l : of_row) sum += std::exp(l - highest);
    total += std::exp(of_row[index] - highest) / sum;
  }
  return total / static_cast<double>(logits.size() / classes);
}

}  // namespace

TransformedNetworks::TransformedNetworks(const DreamPlan& plan, std::int64_t height, std::int64_t width,
                                         const Octave* whole)
    : plan_(plan), shrunk_(static_cast<double>(height) / static_cast<double>(plan.options.height)) {
  const DreamOptions& o = plan.options;
  for (std::size_t s = 0; s < o.scales.size(); ++s)
    transforms_.emplace_back(o, height, width, o.scales[s], str_cat("scale", s, "/"));
  for (std::size_t n = 0; n < plan.networks->size(); ++n) {
    network_weights_ += (*plan.networks)[n].weight;
    if (whole) whole_.push_back(plan.networks->names(n, whole->height, whole->width));
  }
}

double TransformedNetworks::share(const ObjectiveTerm& term, std::size_t network,
                                  const models::Classifier& tile) const {
  const bool is_mean = term.kind == Kind::layer || term.kind == Kind::channel || term.kind == Kind::direction;
  if (whole_.empty() || !is_mean) return 1;
  const auto count = [](const Shape& s) { return static_cast<double>(elements(s)) / static_cast<double>(s[0]); };
  for (const auto& layer : whole_[network].layers)
    if (layer.name == term.name) return count(layer_of(tile, term.name).shape()) / count(layer.shape);
  return 1;
}

std::vector<WeightedTerm> TransformedNetworks::append(Value pixels) {
  Graph& g = *pixels.graph;
  const Value relu_override = plan_.options.relu_override_steps > 0 ? g.input("below_relu", {{1}}) : Value{};
  std::vector<WeightedTerm> terms;
  for (std::size_t s = 0; s < transforms_.size(); ++s) {
    const Value seen = transforms_[s].append(pixels);
    for (std::size_t n = 0; n < plan_.networks->size(); ++n) {
      const auto more = append_network(n, s, seen, relu_override, transforms_[s].count());
      terms.insert(terms.end(), more.begin(), more.end());
    }
  }
  return terms;
}

std::vector<WeightedTerm> TransformedNetworks::append_network(std::size_t network, std::size_t scale, Value seen,
                                                              Value relu_override, std::int64_t per_image) {
  Graph& g = *seen.graph;
  const models::Classifier c = plan_.networks->build(network, seen);
  const Objective& objective = plan_.objectives[network];
  const std::string prefix = prefix_of(scale, network);
  const auto values =
      append_terms(objective, c, {per_image, shrunk_ * plan_.options.scales[scale], relu_override, prefix});
  const double of_network =
      (*plan_.networks)[network].weight / network_weights_ / static_cast<double>(transforms_.size());
  std::vector<WeightedTerm> terms;
  for (std::size_t t = 0; t < values.size(); ++t) {
    const double weight = values[t].weight * of_network, part = share(objective.terms[t], network, c);
    outputs_.push_back({str_cat(prefix, "term", t), weight});
    g.output(outputs_.back().name, values[t].seen);
    terms.push_back({values[t].differentiated, static_cast<float>(weight * part / static_cast<double>(per_image))});
  }
  if (network == 0 && scale + 1 == transforms_.size() && class_of(objective)) g.output("logits", c.logits);
  for (const GuideValue& v : guide_values(objective, c, prefix)) guide_names_.push_back(v.name);
  return terms;
}

void TransformedNetworks::append_guide(Value guide) const {
  for (std::size_t s = 0; s < transforms_.size(); ++s) {
    DreamOptions still;  // the guide is not moved
    still.height = plan_.options.height;
    still.width = plan_.options.width;
    const Value seen =
        Transforms(still, guide.shape()[2], guide.shape()[3], plan_.options.scales[s], str_cat("guide", s, "/"))
            .append(guide);
    for (std::size_t n = 0; n < plan_.networks->size(); ++n)
      for (const GuideValue& v : guide_values(plan_.objectives[n], plan_.networks->build(n, seen), prefix_of(s, n)))
        guide.graph->output(v.name, v.value);
  }
}

void TransformedNetworks::draw(Flow& flow, std::span<const RandomKey> keys, bool below) const {
  if (flow.has_input("below_relu")) flow.input("below_relu").as()[0] = below ? 1 : 0;
  for (const Transforms& v : transforms_) v.draw(flow, keys);
}

Seen TransformedNetworks::seen(const Flow& flow) const {
  Seen result;
  for (const Output& o : outputs_) result.objective += o.weight * mean(flow.output(o.name));
  if (const auto target = class_of(plan_.objectives[0])) {
    const auto logits = flow.output("logits");
    const std::size_t rows = flow.output(outputs_.back().name).size();
    result.probability = mean_probability(logits, logits.size() / rows, static_cast<std::size_t>(*target));
  }
  return result;
}

}  // namespace backflow::dream
