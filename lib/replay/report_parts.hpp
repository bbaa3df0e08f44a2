#pragma once
// What both forms of the report need. Private to replay.

#include <string>
#include <string_view>
#include <vector>

#include "sasync/event/values.hpp"
#include "sasync/replay/report.hpp"

namespace sasync::replay {

/// Measured where packets were seen, else as the model says.
struct TunnelFigures {
  std::uint64_t lost_inbound = 0, lost_outbound = 0;
  std::int64_t downtime_ns = 0;  ///< the longer one of both ways
  bool is_measured = false;      ///< the downtime
  bool is_open = false;  ///< it had not ended when the last packet was seen; not measured: by the model nothing ends it
};
/// `at`: of the failover.
TunnelFigures figures_of(const TunnelRow& row, const Timestamp& at);
/// Why it became of it what it did.
std::string reason_of(const model::Verdict& verdict);
/// Where the packets of a failover that was seen contradict the machine, one sentence each.
std::vector<std::string> contradictions_of(const FailoverReport& failover, const TunnelRow& row);
/// In whose name the JSON report and the text speak of an identity; "" when none was said.
std::string remote_id_of(const TunnelRow& row);

/// "6.239953" with that many decimals; what is finer is cut.
void append_seconds(Text& out, std::int64_t nanoseconds, unsigned digits);
/// "1 tunnel", "3 tunnels".
std::string counted(std::uint64_t count, std::string_view noun);
/// An identity as text, when it is one, else in hex. Not escaped.
std::string text_of(const event::Identity& identity);

}  // namespace sasync::replay
