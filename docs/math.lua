-- For pandoc: GitHub's fenced ```math blocks become display math, and the ```mermaid block becomes the picture whose
-- file is the environment variable GRAPH_PICTURE.
local picture = os.getenv("GRAPH_PICTURE")

function CodeBlock(block)
  if block.classes[1] == "math" then
    return pandoc.Para({ pandoc.Math("DisplayMath", block.text) })
  end
  if block.classes[1] == "mermaid" and picture and picture ~= "" then
    return pandoc.Para({ pandoc.Image({}, picture) })
  end
end
