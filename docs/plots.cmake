# Draws the gnuplot scripts PLOTS of the current folder as PDF instead of SVG.
foreach(plot ${PLOTS})
  file(READ ${plot}.gnuplot script)
  string(REGEX REPLACE "^set terminal svg size [0-9,]+ [^\n]*" "set terminal pdfcairo size 11cm,7cm" script "${script}")
  string(REPLACE ".svg'" ".pdf'" script "${script}")
  file(WRITE ${plot}.pdf.gnuplot "${script}")
  execute_process(COMMAND ${GNUPLOT} ${plot}.pdf.gnuplot COMMAND_ERROR_IS_FATAL ANY)
endforeach()
