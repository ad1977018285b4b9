// SPDX-License-Identifier: Apache-2.0
// zlib and zstd, as a disk image's compressed clusters need them: one buffer in, one buffer out, no state kept.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

// Raw deflate. Returns how many bytes came out; the input may be longer than what it needs; -1 where it is damaged.
static inline long ccompression_inflate(const void *input, size_t input_size, void *output, size_t output_size) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    stream.next_in = (Bytef *)input;
    stream.avail_in = (uInt)input_size;
    stream.next_out = (Bytef *)output;
    stream.avail_out = (uInt)output_size;
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return -1;
    int status = inflate(&stream, Z_FINISH);
    size_t count = output_size - stream.avail_out;
    inflateEnd(&stream);
    return status == Z_STREAM_END || (status == Z_BUF_ERROR && count == output_size) ? (long)count : -1;
}

// Raw deflate with a window of 4 KiB, which is what other programs expect of qcow2. 0 where it does not fit.
static inline long ccompression_deflate(const void *input, size_t input_size, void *output, size_t output_size) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    stream.next_in = (Bytef *)input;
    stream.avail_in = (uInt)input_size;
    stream.next_out = (Bytef *)output;
    stream.avail_out = (uInt)output_size;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -12, 9, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    int status = deflate(&stream, Z_FINISH);
    long count = status == Z_STREAM_END ? (long)(output_size - stream.avail_out) : 0;
    deflateEnd(&stream);
    return count;
}

// One zstd frame or several, until the output is full; the input may be longer than what it needs.
static inline long ccompression_zstd_decompress(const void *input, size_t input_size, void *output,
                                                size_t output_size) {
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (!context) return -1;
    ZSTD_inBuffer in = {input, input_size, 0};
    ZSTD_outBuffer out = {output, output_size, 0};
    size_t status = 0;
    while (out.pos < out.size && !ZSTD_isError(status)) {
        size_t consumed = in.pos, produced = out.pos;
        status = ZSTD_decompressStream(context, &out, &in);
        if (consumed == in.pos && produced == out.pos) break;
    }
    ZSTD_freeDCtx(context);
    return ZSTD_isError(status) ? -1 : (long)out.pos;
}

static inline long ccompression_zstd_compress(const void *input, size_t input_size, void *output, size_t output_size) {
    size_t count = ZSTD_compress(output, output_size, input, input_size, 3);
    return ZSTD_isError(count) ? 0 : (long)count;
}
