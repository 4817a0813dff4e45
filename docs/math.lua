-- For pandoc: GitHub's fenced ```math blocks become display math, lines in <sub> small, and the .svg pictures the .pdf ones
-- in the folder that the environment variable PICTURES names.
local folder = os.getenv("PICTURES")

function CodeBlock(block)
  if block.classes[1] == "math" then
    return pandoc.Para({ pandoc.Math("DisplayMath", block.text) })
  end
end

function Para(block)
  local first = block.content[1]
  if first and first.t == "RawInline" and first.text == "<sub>" then
    table.insert(block.content, 1, pandoc.RawInline("latex", "{\\footnotesize "))
    table.insert(block.content, pandoc.RawInline("latex", "}"))
    return block
  end
end

function Image(image)
  image.src = image.src:gsub("^(.*)%.svg$", folder .. "/%1.pdf")
  image.title = ""
  return image
end
