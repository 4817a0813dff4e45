# For Doxygen: plain comments become its own, and the first is the file's.
1s#^// #/// \\file\n/// #
s#^( *)//( |$)#\1///\2#
s#([;,{}]) +// #\1 ///< #
