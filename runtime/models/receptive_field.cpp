#include <backflow/runtime/models/receptive_field.h>

#include <algorithm>
#include <vector>

#include <backflow/graph/error.h>

namespace backflow::models {
namespace {

/// What an op's pixels see of the image through a window of an input that sees `through`.
Sight composed(const Sight& through, const SlidingWindow::Axis& w) {
  const std::int64_t begin = through.begin - w.before * through.stride;
  return {begin, begin + (w.length - 1) * through.stride + through.length(), w.stride * through.stride};
}

Sight united(const Sight& a, const Sight& b) { return {std::min(a.begin, b.begin), std::max(a.end, b.end), a.stride}; }

class Search {
 public:
  Search(const Graph& graph, Value image) : graph_(graph), sights_(graph.size()) {
    sights_[image.node].field = ReceptiveField();
  }

  std::optional<ReceptiveField> run(Value layer) {
    for (std::size_t i = 0; i <= layer.node; ++i)
      if (!sights_[i].field && !visit(i)) sights_[i].lost = true;
    const Found& found = sights_[layer.node];
    if (found.lost) return std::nullopt;
    if (found.silent) {
      const Node& n = graph_.node(*found.silent);
      fail("[receptive_field] op '", n.op->kind(), "' (node '", n.name,
           "') does not say which pixels its output depends on: its traits() need a locality");
    }
    return found.field;
  }

 private:
  struct Found {
    std::optional<ReceptiveField> field;     // empty: does not depend on the image
    bool lost = false;                       // depends on it in another way than through a window
    std::optional<std::size_t> silent = {};  // a node on the way that does not say how it depends on its inputs
  };

  /// False if the node loses the window.
  bool visit(std::size_t i) {
    const Node& n = graph_.node(i);
    bool depends = false;
    for (const Value& v : n.in) {
      const Found& in = sights_[v.node];
      if (in.lost) return false;
      if (in.silent) sights_[i].silent = in.silent;
      depends = depends || in.field.has_value();
    }
    if (!depends && !sights_[i].silent) return true;
    const OpTraits traits = n.op->traits();
    if (traits.locality == Locality::global) return false;
    if (sights_[i].silent) return true;
    if (traits.locality == Locality::window) return slide(i, traits);
    if (traits.locality == Locality::pointwise) return join(i);
    sights_[i].silent = i;
    return true;
  }

  bool slide(std::size_t i, const OpTraits& traits) {
    const Node& n = graph_.node(i);
    if (!sights_[n.in[0].node].field || n.in[0].index != 0) return false;
    std::vector<Spec> specs;
    for (const Value& v : n.in) {
      if (v != n.in[0] && sights_[v.node].field) return false;  // weights that depend on the image
      specs.push_back(v.spec());
    }
    if (specs[0].shape.size() != 4) return false;
    const SlidingWindow w = traits.window(specs);
    const Shape &x = specs[0].shape, &y = n.out[0].shape;
    if (y[2] == 1 && y[3] == 1 && w.rows.length >= x[2] && w.columns.length >= x[3] && x[2] * x[3] > 1)
      return false;  // global
    const ReceptiveField& through = *sights_[n.in[0].node].field;
    sights_[i].field = {composed(through.rows, w.rows), composed(through.columns, w.columns)};
    return true;
  }

  bool join(std::size_t i) {
    const Node& n = graph_.node(i);
    const Shape& y = n.out[0].shape;
    std::optional<ReceptiveField> field;
    for (const Value& v : n.in) {
      const Shape& x = v.shape();
      const auto& found = sights_[v.node].field;
      const bool same_place = x.size() == 4 && y.size() == 4 && x[2] == y[2] && x[3] == y[3];
      const bool same_everywhere = x.size() < 3 || (x.size() == 4 && x[2] == 1 && x[3] == 1);
      if (found ? !same_place : !same_everywhere) return false;
      if (!found) continue;
      if (field && (field->rows.stride != found->rows.stride || field->columns.stride != found->columns.stride))
        return false;
      field = field ? ReceptiveField{united(field->rows, found->rows), united(field->columns, found->columns)} : *found;
    }
    sights_[i].field = field;
    return true;
  }

  const Graph& graph_;
  std::vector<Found> sights_;
};

}  // namespace

std::optional<ReceptiveField> receptive_field(Value layer, Value image) {
  require(layer.graph != nullptr && layer.graph == image.graph && image.shape().size() == 4,
          "[receptive_field] needs a layer and an image [N, C, H, W] of one graph");
  if (layer.shape().size() != 4) return {};
  return Search(*image.graph, image).run(layer);
}

std::int64_t halo(const Sight& sight) { return (sight.length() - 1 + sight.stride - 1) / sight.stride * sight.stride; }

}  // namespace backflow::models
