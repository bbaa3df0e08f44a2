/* A small parser of one fgcp-sync message, ESP_SEQNO, as an example for the kit, and to prove that the kit finds
 * faults: it is compiled with one of TOY_READS_BEHIND, TOY_BELIEVES_LENGTH, TOY_SWAPS_BYTES, or with none of them. The
 * layout: docs/protocols/fgcp-sync.md. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sasync_kit.h"

enum { HEADER = 36, TRAILER = 32, ESP_SEQNO = 16 };
enum { TLV_SPI = 0x50, TLV_SEQUENCE = 0x64, TLV_JUMP = 0x65, TLV_BYTES = 0x68, TLV_DESTINATION = 0x69 };
enum { TLV_IPSEC_PROTOCOL = 0x55, TLV_RDOMAIN = 0x6B };

static uint64_t number(const unsigned char* at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= (uint64_t)at[i] << (8 * i);
  return value;
}

/* CRC-32C of the message, its own field taken as zero. */
static uint32_t checksum(const unsigned char* bytes, size_t size) {
  uint32_t crc = 0xFFFFFFFFU;
  for (size_t i = 0; i < size; ++i) {
    crc ^= i >= 32 && i < 36 ? 0 : bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0);
  }
  return ~crc;
}

static size_t size_of_type(uint64_t type) {
  if (type == TLV_SPI) return 4;
  if (type == TLV_RDOMAIN) return 2;
  if (type == TLV_IPSEC_PROTOCOL) return 1;
  return type == TLV_SEQUENCE || type == TLV_JUMP || type == TLV_BYTES ? 8 : 0;
}

/* Looks at every byte of a value, as a parser does in one way or another. */
static int has_zero(const unsigned char* at, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (at[i] == 0) return 1;
  }
  return 0;
}

struct esp_seqno {
  uint64_t spi, sequence;
  int has_spi, has_sequence, odd_values;
};

static int read_tlvs(const unsigned char* at, const unsigned char* end, struct esp_seqno* message) {
  while (at < end) {
    if (end - at < 4) return SASYNC_KIT_REJECTED;
    const uint64_t type = number(at, 2);
    const size_t size = (size_t)number(at + 2, 2);
    at += 4;
#ifndef TOY_READS_BEHIND
    if (size > (size_t)(end - at)) return SASYNC_KIT_REJECTED;
#endif
    if (type == TLV_DESTINATION) return SASYNC_KIT_UNKNOWN;
    if (size_of_type(type) != 0 && size != size_of_type(type)) return SASYNC_KIT_REJECTED;
    if (type == TLV_SPI && !message->has_spi) {
      message->spi = number(at, size);
#ifdef TOY_SWAPS_BYTES
      message->spi = __builtin_bswap32((uint32_t)message->spi);
#endif
      message->has_spi = 1;
    }
    if (type == TLV_SEQUENCE && !message->has_sequence) {
      message->sequence = number(at, size);
      message->has_sequence = 1;
    }
    message->odd_values += has_zero(at, size);
    at += size;
  }
  return message->has_spi && message->has_sequence ? 0 : SASYNC_KIT_REJECTED;
}

int sasync_kit_parse(const unsigned char* bytes, size_t size, char* json, size_t capacity) {
  if (size < 4 || memcmp(bytes, "\xD5SAR", 4) != 0) return SASYNC_KIT_UNKNOWN;
  if (size < HEADER || bytes[4] != 1) return SASYNC_KIT_REJECTED;
  if (bytes[5] != ESP_SEQNO) return SASYNC_KIT_UNKNOWN;
  const size_t trailer = (bytes[6] & 1U) != 0 ? TRAILER : 0;
  if (size < HEADER + trailer) return SASYNC_KIT_REJECTED;
#ifndef TOY_BELIEVES_LENGTH
  if (number(bytes + 10, 2) != size) return SASYNC_KIT_REJECTED;
#endif
  if (number(bytes + 32, 4) != checksum(bytes, size)) return SASYNC_KIT_REJECTED;
  struct esp_seqno message = {0, 0, 0, 0, 0};
  const int status = read_tlvs(bytes + HEADER, bytes + size - trailer, &message);
  if (status != 0) return status;
  return snprintf(json, capacity, "{\"event\":\"esp_seqno\",\"spi\":\"%08" PRIx64 "\",\"sequence\":\"%" PRIu64 "\"}\n",
                  message.spi, message.sequence);
}
