#pragma once
// The life of an OpenBSD cluster of two hosts, seen on its sync link: sasyncd's stream, or pfsync's counters of the
// same life. It shares plan, outside link and settings with the other systems, and nothing of their life: there is no
// IKE SA in it, SAs are told one by one, and a connection stands where they have messages.

#include <atomic>

#include "plan.hpp"
#include "sasync/generate/generator.hpp"

namespace sasync::generate::openbsd {

Outcome run(const Plan& plan, const Sinks& sinks, const std::atomic<bool>& stop);

}  // namespace sasync::generate::openbsd
