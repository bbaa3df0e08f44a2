#pragma once
// A record made of fields by hand, for the tests of the printers.
#include <string>

#include "sasync/report/record.hpp"

namespace sasync::test {

struct HandMade {
  net::Origin origin;
  proto::Fields fields;
  report::Record record;

  HandMade() {
    origin.frame = 17;
    origin.time = {.seconds = 1795422613, .nanoseconds = 845'634'000, .digits = 6};
    record.origin = &origin;
    record.protocol = "test";
    record.head = {.message = "MESSAGE"};
    record.length = 151;
    record.fields = &fields;
  }

  [[nodiscard]] std::string json(bool show_secrets = false) const {
    Text out;
    report::print_json(out, record, {.show_secrets = show_secrets});
    return std::string{view(out)};
  }

  [[nodiscard]] std::string line() const {
    Text out;
    report::print_line(out, record, {});
    return std::string{view(out)};
  }

  [[nodiscard]] std::string detail() const {
    Text out;
    report::print_detail(out, record, {}, false);
    return std::string{view(out)};
  }

  [[nodiscard]] std::string columns(const std::vector<std::string>& names) const {
    Text out;
    report::print_columns(out, record, {}, names);
    return std::string{view(out)};
  }
};

}  // namespace sasync::test
