cmake_minimum_required(VERSION 3.25)
# BUILD: a finished build tree. WORK: a folder that is emptied first. SOURCE: the consumer. BINDIR: bin, usually.
function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "status ${status}: ${command}")
  endif()
endfunction()

unset(ENV{DESTDIR})
file(REMOVE_RECURSE ${WORK})
step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
step(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -G ${GENERATOR} -D CMAKE_PREFIX_PATH=${WORK}/prefix
     -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_CXX_FLAGS=${FLAGS})
step(${CMAKE_COMMAND} --build ${WORK}/build)
step(${WORK}/build/consumer)

file(GLOB tools ${WORK}/prefix/${BINDIR}/sasync-*)
foreach(tool IN LISTS tools)
  step(${tool} --version)
endforeach()

# Nothing that is installed may point back to where it was built.
file(GLOB_RECURSE installed ${WORK}/prefix/*.cmake)
foreach(file IN LISTS installed)
  file(READ ${file} text)
  string(FIND "${text}" "${WORK}" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "${file} names the folder of the build")
  endif()
endforeach()
