// SPDX-License-Identifier: Apache-2.0
// Ring indexes and flags shared with the guest or the kernel.
#pragma once
#include <stdint.h>

static inline uint16_t cmachine_load_acquire_u16(const void *address) {
    return __atomic_load_n((const uint16_t *)address, __ATOMIC_ACQUIRE);
}
static inline void cmachine_store_release_u16(void *address, uint16_t value) {
    __atomic_store_n((uint16_t *)address, value, __ATOMIC_RELEASE);
}
static inline uint32_t cmachine_load_acquire_u32(const void *address) {
    return __atomic_load_n((const uint32_t *)address, __ATOMIC_ACQUIRE);
}
static inline void cmachine_store_release_u32(void *address, uint32_t value) {
    __atomic_store_n((uint32_t *)address, value, __ATOMIC_RELEASE);
}
static inline void cmachine_full_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
