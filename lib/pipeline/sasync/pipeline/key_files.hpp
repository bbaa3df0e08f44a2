#pragma once
// Keys from files: captures of a strongSwan sync link, or the key tables that Wireshark reads.

#include <expected>
#include <span>
#include <string>

#include "sasync/keys/key_store.hpp"
#include "sasync/pipeline/decode_run.hpp"

namespace sasync::pipeline {

/// Adds the keys of one file to `keys`; what it is, its first bytes tell. Of `options` count the dispatcher and the
/// decoding. False when a capture could not be read to its end (`listener` was told; what was before counts). The error
/// is for people, and names the file. Neither ever holds key material.
std::expected<bool, std::string> load_keys(const std::string& path, const DecodeOptions& options,
                                           const Listener& listener, keys::KeyStore& keys);

/// Tells the first of many sentences and how many others there are.
void say_first(std::span<const std::string> sentences, const Listener& listener);

}  // namespace sasync::pipeline
