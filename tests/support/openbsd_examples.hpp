#pragma once
// The annotated examples of the pages on sasyncd, PF_KEY and pfsync. Their bytes are constructed from the layouts, not
// captured: docs/protocols/sasyncd.md and pfsync.md say so and describe each.

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "support/hex.hpp"

namespace sasync::test {

/// The shared key of all frames: AES-128.
inline constexpr std::string_view kSasyncdKey = "0123456789abcdef";

struct SasyncdExample {
  std::string_view name;
  std::string_view plaintext, frame;  ///< hex

  [[nodiscard]] std::vector<std::uint8_t> plain_bytes() const { return hex(plaintext); }
  [[nodiscard]] std::vector<std::uint8_t> frame_bytes() const { return hex(frame); }
};

inline constexpr std::array<SasyncdExample, 9> kSasyncdExamples{{
    {"state_master", "00 00 00 01 00 00 00 02 00 00 00 00",
     "00 00 00 3c 00 00 00 00 00 00 00 04 b0 e0 f9 84 "
     "74 db 56 27 ea d9 a1 2c f2 0c 33 d6 3a e5 05 66 "
     "a0 a0 a0 a0 a0 a0 a0 a0 a0 a0 a0 a0 a0 a0 a0 a0 "
     "f2 d7 f4 c4 26 d0 c1 ae 36 e1 70 d6 3d 4b aa d8"},
    {"ack_slave", "00 00 00 03 00 00 00 01 00 00 00 01",
     "00 00 00 3c 00 00 00 00 00 00 00 04 fa 9d ba 13 "
     "2a 3b 46 35 68 50 79 99 45 6d 86 e5 30 bb 8d 28 "
     "a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 "
     "df f4 77 25 04 56 9e aa 3a 7e 90 6a e8 11 79 aa"},
    {"error_state", "00 00 00 02 00 00 00 01 00 00 00 00",
     "00 00 00 3c 00 00 00 00 00 00 00 04 31 65 87 0d "
     "46 84 c8 3c 8a b7 5b 12 a0 aa 25 ca fd bb 43 b0 "
     "a2 a2 a2 a2 a2 a2 a2 a2 a2 a2 a2 a2 a2 a2 a2 a2 "
     "47 54 37 f4 a7 f9 70 62 1c 60 6b f6 73 d4 ee 8b"},
    {"endsnap", "00 00 00 04 00 00 00 00 00 00 00 00",
     "00 00 00 3c 00 00 00 00 00 00 00 04 d2 30 6a 49 "
     "c9 b6 4e 53 37 a0 1c c4 89 3e 09 64 bf 98 32 22 "
     "a3 a3 a3 a3 a3 a3 a3 a3 a3 a3 a3 a3 a3 a3 a3 a3 "
     "04 66 8a 41 ad 86 34 e6 f4 81 79 d0 58 f6 9f c3"},
    {"flush", "02 09 00 00 02 00 00 00 01 00 00 00 92 10 00 00",
     "00 00 00 3c 00 00 00 01 00 00 00 00 58 e2 75 65 "
     "99 84 c7 61 fe 6f 88 c8 11 03 91 9c df 74 c2 9c "
     "a4 a4 a4 a4 a4 a4 a4 a4 a4 a4 a4 a4 a4 a4 a4 a4 "
     "b6 fb f3 c7 32 f6 66 fa 4c cf 6e b6 c6 aa 09 ec"},
    {"add_snapshot",
     "02 03 00 02 29 00 00 00 00 00 00 00 00 00 00 00 "
     "02 00 01 00 c0 ff ee 01 40 01 05 0c 04 00 00 00 "
     "04 00 02 00 00 00 00 00 20 48 01 00 00 00 00 00 "
     "00 f1 53 65 00 00 00 00 05 f1 53 65 00 00 00 00 "
     "04 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "f4 0b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "04 00 03 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "10 0e 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "03 00 05 00 00 00 00 00 10 02 00 00 c0 00 02 01 "
     "00 00 00 00 00 00 00 00 03 00 06 00 00 00 00 00 "
     "10 02 00 00 c6 33 64 07 00 00 00 00 00 00 00 00 "
     "05 00 08 00 00 01 00 00 40 41 42 43 44 45 46 47 "
     "48 49 4a 4b 4c 4d 4e 4f 50 51 52 53 54 55 56 57 "
     "58 59 5a 5b 5c 5d 5e 5f 03 00 09 00 80 00 00 00 "
     "10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f "
     "02 00 27 00 00 00 00 00 e9 03 00 00 00 00 00 00 "
     "09 00 24 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "e8 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "20 48 01 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 00 00 00 00",
     "00 00 01 7c 00 00 00 01 00 00 00 08 76 50 26 d5 "
     "d7 05 b1 d4 33 07 32 a2 9f 5f 6a 6a b3 00 a0 ba "
     "a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 "
     "2c 3d 35 c5 ce e1 63 d4 61 72 4b 0a 96 76 d6 9b "
     "0a ad b6 09 aa 1d a9 a5 65 37 6b 43 57 c2 55 9f "
     "a3 48 67 f4 66 c4 78 b0 47 28 0c 71 da d4 fc b4 "
     "e9 22 87 59 08 9a 00 9a 24 ef e4 d6 70 ab 4e e9 "
     "20 08 88 8e e7 82 fd 3a 73 ff cd 28 1e a7 6d b9 "
     "85 74 35 30 4d f4 f2 ce 51 c8 b6 f8 cd 83 ba e5 "
     "fc 75 ed 2b 40 a6 f2 d5 2e dd d4 75 6d cf e9 0a "
     "52 a7 6e cc 5a 3b 3c d3 22 29 87 97 6e 69 27 63 "
     "3a e7 1d 19 bf 28 05 26 ac fe ab 98 2b a8 4f 66 "
     "6a c0 96 9d 11 9b f2 b1 37 25 d3 18 3a e8 ce 52 "
     "9c ab 82 cc 45 83 6f 46 60 5c ab 3a 62 7f 87 ec "
     "cb 40 25 db dc b3 1c 69 2d 33 a7 fb 30 11 24 02 "
     "43 31 72 8e e9 c4 fc 59 e3 be fe 44 4f 86 c3 e8 "
     "0e cc 62 a4 3b 0d 71 9b bb 19 8e f6 0e 68 b0 bb "
     "54 bb ce 29 bb 3e b3 97 47 ff d2 a5 66 d8 c8 54 "
     "f7 62 35 b9 74 51 e5 5f a2 e3 47 fb fd cc f9 25 "
     "ba 78 d2 e8 38 08 cc 30 4f 63 38 2b 1f 0f 5f 37 "
     "b5 ac f3 a9 af 66 f5 a9 50 33 d0 cc 96 8c 44 60 "
     "2a e2 65 43 7a d6 34 f9 ab 01 0e ae 9a 78 ad 45 "
     "77 53 20 e2 fe 67 72 32 33 63 97 76 8e d2 42 ae "
     "9e 8f 4e e2 f7 0c 5a a1 11 23 44 0b 9e 30 ce f2"},
    {"add_live",
     "02 03 00 02 22 00 00 00 4d 00 00 00 69 7a 00 00 "
     "02 00 01 00 c0 ff ee 01 40 01 05 0c 04 00 00 00 "
     "04 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "f4 0b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "04 00 03 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "10 0e 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "03 00 05 00 00 00 00 00 10 02 00 00 c0 00 02 01 "
     "00 00 00 00 00 00 00 00 03 00 06 00 00 00 00 00 "
     "10 02 00 00 c6 33 64 07 00 00 00 00 00 00 00 00 "
     "05 00 08 00 00 01 00 00 40 41 42 43 44 45 46 47 "
     "48 49 4a 4b 4c 4d 4e 4f 50 51 52 53 54 55 56 57 "
     "58 59 5a 5b 5c 5d 5e 5f 03 00 09 00 80 00 00 00 "
     "10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f "
     "04 00 0a 00 02 00 00 00 00 00 00 00 00 00 00 00 "
     "67 77 31 2e 65 78 61 6d 70 6c 65 00 00 00 00 00 "
     "04 00 0b 00 02 00 00 00 00 00 00 00 00 00 00 00 "
     "67 77 32 2e 65 78 61 6d 70 6c 65 00 00 00 00 00",
     "00 00 01 3c 00 00 00 01 00 00 00 00 7a a3 67 17 "
     "1b 11 b3 b6 c6 97 50 c1 99 49 6a 5c ac e5 a4 10 "
     "a6 a6 a6 a6 a6 a6 a6 a6 a6 a6 a6 a6 a6 a6 a6 a6 "
     "6e ae e3 e0 16 a3 79 b7 9d bb 8e 67 4e 90 27 a4 "
     "7e 4e 3d cd 9e fc 4c e9 63 ac f0 c5 5a 07 24 1b "
     "8d 5e 24 b5 9b d9 af 91 a0 59 41 f7 70 51 f5 f7 "
     "d0 3b 64 e5 23 c8 53 88 e5 7e ec 01 20 90 5c c3 "
     "32 10 c4 1e eb 24 78 0e 82 17 3c 4f 1a a2 82 4e "
     "4a 51 ba e2 0b 47 fe fd 59 f2 08 55 f0 f2 b6 07 "
     "88 f2 d1 04 b5 ec c0 ce 34 54 f6 02 ea 95 4c 33 "
     "27 c1 24 ce 21 e7 d8 82 19 e3 14 18 01 26 4a a1 "
     "c2 33 2b 27 d0 1a 48 66 7c 73 8f 5b ec 69 a8 1a "
     "b7 2c 1e 83 39 28 73 39 99 cd 55 cb 91 45 87 7f "
     "f9 3a 5e 01 e6 b7 fb f9 49 d9 b4 6a 4b 92 67 52 "
     "e6 c6 14 4b ce 28 bc 97 1e a0 cc d9 3d a8 fd 81 "
     "ae 78 94 4f 31 09 9a 8d 5c d2 cb f9 c4 aa 67 3e "
     "05 30 85 35 8d f1 e7 b5 ed 94 59 ea 91 f4 4e 95 "
     "00 84 19 43 ad 76 f2 c3 5e a9 e2 07 ab c3 cc b6 "
     "1d 30 07 46 57 a5 fa 20 41 1b 11 22 98 e1 f6 aa "
     "9d ea b4 c5 ef d8 1e eb b6 d9 fc ba 8b 71 a4 e3"},
    {"delete",
     "02 04 00 02 0a 00 00 00 4e 00 00 00 69 7a 00 00 "
     "02 00 01 00 c0 ff ee 01 00 00 00 00 00 00 00 00 "
     "03 00 05 00 00 00 00 00 10 02 00 00 c0 00 02 01 "
     "00 00 00 00 00 00 00 00 03 00 06 00 00 00 00 00 "
     "10 02 00 00 c6 33 64 07 00 00 00 00 00 00 00 00",
     "00 00 00 7c 00 00 00 01 00 00 00 00 92 f1 2f ac "
     "74 1d 0e 78 ee 6d a4 47 16 b1 d1 b7 c7 d5 29 4e "
     "a7 a7 a7 a7 a7 a7 a7 a7 a7 a7 a7 a7 a7 a7 a7 a7 "
     "b7 91 9c 3f 01 49 33 09 fc c6 86 96 46 b6 8e 4b "
     "81 be e4 d0 c6 15 11 02 f7 eb ca e0 42 98 84 71 "
     "a1 ca c5 cb ab 50 18 ce cf 39 11 71 e6 17 b0 f7 "
     "e9 da a6 bd c7 48 21 f5 81 1e 3e ac 0e 34 b4 38 "
     "1f a9 68 2e 5d 67 60 d1 06 b7 75 2a 02 69 a9 31"},
    {"addflow",
     "02 0c 00 02 16 00 00 00 00 00 00 00 00 00 00 00 "
     "03 00 05 00 00 00 00 00 10 02 00 00 c0 00 02 01 "
     "00 00 00 00 00 00 00 00 03 00 06 00 00 00 00 00 "
     "10 02 00 00 c6 33 64 07 00 00 00 00 00 00 00 00 "
     "01 00 14 00 03 02 00 00 01 00 13 00 00 00 00 00 "
     "03 00 15 00 00 00 00 00 10 02 00 00 0a 01 00 00 "
     "00 00 00 00 00 00 00 00 03 00 11 00 00 00 00 00 "
     "10 02 00 00 ff ff 00 00 00 00 00 00 00 00 00 00 "
     "03 00 16 00 00 00 00 00 10 02 00 00 0a 02 00 00 "
     "00 00 00 00 00 00 00 00 03 00 12 00 00 00 00 00 "
     "10 02 00 00 ff ff 00 00 00 00 00 00 00 00 00 00",
     "00 00 00 dc 00 00 00 01 00 00 00 00 6f 66 b9 8f "
     "f8 c3 c0 58 2a a2 d5 6e 0d c4 91 53 4b 61 72 80 "
     "a8 a8 a8 a8 a8 a8 a8 a8 a8 a8 a8 a8 a8 a8 a8 a8 "
     "7e c2 6a 05 d0 eb 3f a3 e7 a3 66 22 6f 18 a6 03 "
     "ca 72 e1 a2 77 4e 42 c3 7e 38 9c 0e d8 c8 b4 24 "
     "f9 53 c0 bd 34 d8 1d f0 fc 78 9a 91 fe 6b b0 75 "
     "23 f5 a0 af e3 63 23 a3 7e 87 2b 19 82 ac 05 9b "
     "7b 78 93 a2 d3 5d 19 16 80 11 35 c8 f8 52 3a e3 "
     "1d 80 2a 3e ae bf ff 5e ae a2 51 16 60 a0 dc b0 "
     "d9 72 6c 71 b2 2d 95 58 e0 e1 ab 28 8e 18 5f 6b "
     "2e 9d 0c 17 84 d5 20 26 aa 16 9d d9 45 71 da 2f "
     "14 9f 36 20 94 a1 a9 b3 c9 a8 e6 90 b8 3d 45 2d "
     "50 07 8b a6 bc 0f f9 3e 4c 8a a5 0f 30 42 03 d3 "
     "10 ab d4 70 e0 85 52 34 cd a2 8a 86 68 5a 7b 60"},
}};

inline const SasyncdExample& sasyncd_example(std::string_view name) {
  return *std::ranges::find(kSasyncdExamples, name, &SasyncdExample::name);
}

struct PfsyncExample {
  std::string_view name;
  std::string_view message;

  [[nodiscard]] std::vector<std::uint8_t> bytes() const { return hex(message); }
};

inline constexpr std::array<PfsyncExample, 4> kPfsyncExamples{{
    {"version_6_wide",
     "06 00 00 80 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 0f 0d 00 02 c0 ff ee 01 10 02 00 00 "
     "c6 33 64 07 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 00 00 00 00 00 00 00 00 00 00 43 e9 "
     "00 00 00 00 00 01 48 20 32 00 00 00 0b ad ca fe "
     "1c 18 00 00 00 00 00 00 20 01 0d b8 00 00 00 00 "
     "00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 00 "
     "00 00 01 f4 00 00 00 00 00 00 a4 10 32 00 00 00"},
    {"version_6_narrow",
     "06 00 00 48 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 0b 0c 00 01 c0 ff ee 01 10 02 00 00 "
     "c6 33 64 07 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 00 00 00 00 00 00 43 e9 00 00 00 00 "
     "00 01 48 20 32 00 00 00"},
    {"version_5",
     "05 00 00 4c 11 11 11 11 11 11 11 11 11 11 11 11 "
     "11 11 11 11 0b 00 00 01 c0 ff ee 01 10 02 00 00 "
     "c6 33 64 07 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 00 00 00 00 00 00 43 e9 00 00 00 00 "
     "00 01 48 20 32 00 00 00 0c 00 00 01"},
    {"version_3",
     "03 02 0a 01 11 11 11 11 11 11 11 11 11 11 11 11 "
     "11 11 11 11 c0 ff ee 01 10 02 00 00 c6 33 64 07 "
     "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 00 00 43 e9 00 00 00 00 00 01 48 20 "
     "32 03 00 00"},
}};

inline const PfsyncExample& pfsync_example(std::string_view name) {
  return *std::ranges::find(kPfsyncExamples, name, &PfsyncExample::name);
}

}  // namespace sasync::test
