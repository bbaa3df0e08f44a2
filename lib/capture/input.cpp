#include "sasync/capture/input.hpp"

#include <utility>

#include "input_state.hpp"
#include "read_ahead.hpp"

namespace sasync::capture {
namespace {

/// Bytes: a smaller file is decompressed before a thread has begun.
constexpr std::uint64_t kReadAheadFrom = 1U << 20U;
constexpr std::size_t kMagicBytes = 4;

}  // namespace

Input::Input(std::unique_ptr<State> state) : state_(std::move(state)) {}
Input::~Input() = default;
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;

std::expected<Input, CaptureError> Input::open(const std::string& path, std::function<bool()> idle) {
  auto opened = FileSource::open(path, std::move(idle));
  if (!opened) return std::unexpected(opened.error());
  auto state = std::make_unique<State>();
  state->file_source = opened->get();
  auto raw = std::make_unique<PeekSource>(std::move(*opened));
  state->compression = recognise_compression(raw->peek(kMagicBytes));
  if (!raw->fault().empty()) return std::unexpected(CaptureError{raw->fault()});
  auto plain = decompress(state->compression, std::move(raw));
  const bool takes_long = state->compression != Compression::none && state->file_source->total() > kReadAheadFrom;
  if (takes_long) plain = std::make_unique<ReadAhead>(std::move(plain));
  state->source = std::make_unique<PeekSource>(std::move(plain));
  if (state->source->peek(kMagicBytes).empty()) {
    const auto& fault = state->source->fault();
    return std::unexpected(CaptureError{fault.empty() ? "is empty: capture again, or copy it again" : fault});
  }
  return Input{std::move(state)};
}

Bytes Input::peek(std::size_t count) { return state_->source->peek(count); }
std::size_t Input::read(std::span<std::uint8_t> into) { return state_->source->read(into); }
const std::string& Input::fault() const { return state_->source->fault(); }
bool Input::is_compressed() const { return state_->compression != Compression::none; }
std::uint64_t Input::bytes_consumed() const { return state_->file_source->consumed(); }
std::uint64_t Input::bytes_total() const { return state_->file_source->total(); }

}  // namespace sasync::capture
