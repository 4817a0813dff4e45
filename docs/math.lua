-- For pandoc: GitHub's fenced ```math blocks become display math; the ```mermaid block and the .svg pictures become the
-- .pdf ones in the folder that the environment variable PICTURES names.
local folder = os.getenv("PICTURES")

function CodeBlock(block)
  if block.classes[1] == "math" then
    return pandoc.Para({ pandoc.Math("DisplayMath", block.text) })
  end
  if block.classes[1] == "mermaid" then
    return pandoc.Para({ pandoc.Image({}, folder .. "/concepts_1_2_graph.pdf") })
  end
end

function Image(image)
  image.src = image.src:gsub("^(.*)%.svg$", folder .. "/%1.pdf")
  image.title = ""
  return image
end
