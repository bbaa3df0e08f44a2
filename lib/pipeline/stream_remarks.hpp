#pragma once
// What was wrong with the TCP streams of a run, in sentences. Private to the pipeline.

#include <string>
#include <vector>

#include "sasync/net/stream.hpp"

namespace sasync::pipeline {

/// One sentence a stream with a fault, and one for each limit that was reached.
std::vector<std::string> stream_remarks(const net::StreamReassembler& streams);

}  // namespace sasync::pipeline
