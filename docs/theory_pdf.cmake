# Makes RESULT, a PDF of THEORY/theory.md, in the current folder, with the pictures that PROGRAMS draw.
foreach(tool pandoc pdflatex gnuplot)
  find_program(${tool} ${tool})
  if(NOT ${tool})
    message(FATAL_ERROR "theory_pdf needs ${tool}; Debian's packages are pandoc texlive-latex-recommended "
                        "texlive-fonts-recommended lmodern gnuplot-nox")
  endif()
endforeach()
if(NOT PROGRAMS)
  message(FATAL_ERROR "theory_pdf needs the examples: configure with -DBACKFLOW_BUILD_EXAMPLES=ON")
endif()

foreach(program ${PROGRAMS})
  execute_process(COMMAND ${program} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(GLOB plots *.gnuplot)
list(FILTER plots EXCLUDE REGEX "[.]pdf[.]gnuplot$")
foreach(plot ${plots})
  string(REGEX REPLACE "[.]gnuplot$" "" name ${plot})
  file(READ ${plot} script)
  string(REGEX REPLACE "^set terminal svg size [0-9,]+ [^\n]*" "set terminal pdfcairo size 11cm,7cm" script "${script}")
  string(REPLACE ".svg'" ".pdf'" script "${script}")
  file(WRITE ${name}.pdf.gnuplot "${script}")
  execute_process(COMMAND ${gnuplot} ${name}.pdf.gnuplot COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND ${CMAKE_COMMAND} -E env PICTURES=${CMAKE_CURRENT_BINARY_DIR}
                        ${pandoc} theory.md -L math.lua --shift-heading-level-by=-1 -V geometry:margin=2cm -o ${RESULT}
                WORKING_DIRECTORY ${THEORY} COMMAND_ERROR_IS_FATAL ANY)
