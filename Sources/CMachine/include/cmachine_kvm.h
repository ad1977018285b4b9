// SPDX-License-Identifier: Apache-2.0
// The KVM API (Documentation/virt/kvm/api.rst).
#pragma once
#include <errno.h>
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

enum cmachine_request : unsigned long {
    CMACHINE_KVM_GET_API_VERSION = KVM_GET_API_VERSION,
    CMACHINE_KVM_CREATE_VM = KVM_CREATE_VM,
    CMACHINE_KVM_CHECK_EXTENSION = KVM_CHECK_EXTENSION,
    CMACHINE_KVM_GET_VCPU_MMAP_SIZE = KVM_GET_VCPU_MMAP_SIZE,
    CMACHINE_KVM_GET_SUPPORTED_CPUID = KVM_GET_SUPPORTED_CPUID,
    CMACHINE_KVM_CREATE_VCPU = KVM_CREATE_VCPU,
    CMACHINE_KVM_SET_USER_MEMORY_REGION = KVM_SET_USER_MEMORY_REGION,
    CMACHINE_KVM_SET_TSS_ADDR = KVM_SET_TSS_ADDR,
    CMACHINE_KVM_SET_IDENTITY_MAP_ADDR = KVM_SET_IDENTITY_MAP_ADDR,
    CMACHINE_KVM_CREATE_IRQCHIP = KVM_CREATE_IRQCHIP,
    CMACHINE_KVM_CREATE_PIT2 = KVM_CREATE_PIT2,
    CMACHINE_KVM_IRQ_LINE = KVM_IRQ_LINE,
    CMACHINE_KVM_GET_IRQCHIP = KVM_GET_IRQCHIP,
    CMACHINE_KVM_SET_IRQCHIP = KVM_SET_IRQCHIP,
    CMACHINE_KVM_GET_PIT2 = KVM_GET_PIT2,
    CMACHINE_KVM_SET_PIT2 = KVM_SET_PIT2,
    CMACHINE_KVM_SET_GSI_ROUTING = KVM_SET_GSI_ROUTING,
    CMACHINE_KVM_IRQFD = KVM_IRQFD,
    CMACHINE_KVM_IOEVENTFD = KVM_IOEVENTFD,
    CMACHINE_KVM_SIGNAL_MSI = KVM_SIGNAL_MSI,
    CMACHINE_KVM_ENABLE_CAP = KVM_ENABLE_CAP,
    CMACHINE_KVM_REGISTER_COALESCED_MMIO = KVM_REGISTER_COALESCED_MMIO,
    CMACHINE_KVM_SET_CLOCK = KVM_SET_CLOCK,
    CMACHINE_KVM_GET_CLOCK = KVM_GET_CLOCK,
    CMACHINE_KVM_KVMCLOCK_CTRL = KVM_KVMCLOCK_CTRL,
    CMACHINE_KVM_RUN = KVM_RUN,
    CMACHINE_KVM_GET_REGS = KVM_GET_REGS,
    CMACHINE_KVM_SET_REGS = KVM_SET_REGS,
    CMACHINE_KVM_GET_SREGS = KVM_GET_SREGS,
    CMACHINE_KVM_SET_SREGS = KVM_SET_SREGS,
    CMACHINE_KVM_SET_FPU = KVM_SET_FPU,
    CMACHINE_KVM_GET_MSRS = KVM_GET_MSRS,
    CMACHINE_KVM_SET_MSRS = KVM_SET_MSRS,
    CMACHINE_KVM_SET_CPUID2 = KVM_SET_CPUID2,
    CMACHINE_KVM_GET_LAPIC = KVM_GET_LAPIC,
    CMACHINE_KVM_SET_LAPIC = KVM_SET_LAPIC,
    CMACHINE_KVM_GET_MP_STATE = KVM_GET_MP_STATE,
    CMACHINE_KVM_SET_MP_STATE = KVM_SET_MP_STATE,
    CMACHINE_KVM_SET_VCPU_EVENTS = KVM_SET_VCPU_EVENTS,
    CMACHINE_KVM_GET_VCPU_EVENTS = KVM_GET_VCPU_EVENTS,
    CMACHINE_KVM_SET_XCRS = KVM_SET_XCRS,
    CMACHINE_KVM_GET_XCRS = KVM_GET_XCRS,
    CMACHINE_KVM_SET_DEBUGREGS = KVM_SET_DEBUGREGS,
    CMACHINE_KVM_GET_DEBUGREGS = KVM_GET_DEBUGREGS,
    CMACHINE_KVM_GET_TSC_KHZ = KVM_GET_TSC_KHZ,
    CMACHINE_KVM_TRANSLATE = KVM_TRANSLATE,
    CMACHINE_KVM_NMI = KVM_NMI,
};

static inline long cmachine_ioctl(int fd, enum cmachine_request request, unsigned long argument) {
    long result = ioctl(fd, (unsigned long)request, argument);
    return result < 0 ? -(long)errno : result;
}
static inline long cmachine_ioctl_pointer(int fd, enum cmachine_request request, void *argument) {
    long result = ioctl(fd, (unsigned long)request, argument);
    return result < 0 ? -(long)errno : result;
}

// kvm_cpuid2, kvm_msrs and kvm_irq_routing all begin like this.
struct cmachine_array_header { uint32_t count, flags; };
_Static_assert(sizeof(struct kvm_cpuid2) == 8 && sizeof(struct kvm_msrs) == 8 && sizeof(struct kvm_irq_routing) == 8, "array header");

// kvm_irq_routing_entry is a union: one twin for interrupt controller pins, one for messages.
struct cmachine_route {
    uint32_t gsi, type, flags, padding;
    uint32_t word0, word1, word2, word3;  // pin: irqchip, pin; message: address low, high, data, device
    uint64_t reserved[2];
};
_Static_assert(sizeof(struct cmachine_route) == sizeof(struct kvm_irq_routing_entry), "route size");
_Static_assert(offsetof(struct cmachine_route, word0) == offsetof(struct kvm_irq_routing_entry, u), "route union");

enum : uint32_t {
    CMACHINE_ROUTE_IRQCHIP = KVM_IRQ_ROUTING_IRQCHIP,
    CMACHINE_ROUTE_MSI = KVM_IRQ_ROUTING_MSI,
    CMACHINE_IOEVENTFD_DATAMATCH = KVM_IOEVENTFD_FLAG_DATAMATCH,
    CMACHINE_IOEVENTFD_PIO = KVM_IOEVENTFD_FLAG_PIO,
    CMACHINE_IOEVENTFD_DEASSIGN = KVM_IOEVENTFD_FLAG_DEASSIGN,
    CMACHINE_KVM_MEM_READONLY = KVM_MEM_READONLY,
    CMACHINE_IRQFD_DEASSIGN = KVM_IRQFD_FLAG_DEASSIGN,
};

// struct kvm_irq_level begins with a union; kvm_clock_data, kvm_mp_state are plain.
struct cmachine_irq_level { uint32_t irq, level; };
_Static_assert(sizeof(struct cmachine_irq_level) == sizeof(struct kvm_irq_level), "irq level");

// kvm_coalesced_mmio_zone and kvm_coalesced_mmio have a union of pad and pio.
struct cmachine_coalesced_zone { uint64_t address; uint32_t size, is_port; };
_Static_assert(sizeof(struct cmachine_coalesced_zone) == sizeof(struct kvm_coalesced_mmio_zone), "zone");
struct cmachine_coalesced_write { uint64_t address; uint32_t length, is_port; uint64_t data; };
_Static_assert(sizeof(struct cmachine_coalesced_write) == sizeof(struct kvm_coalesced_mmio), "coalesced write");

// kvm_run: read by the vCPU's thread, written by the kernel and by whoever kicks.
static inline uint32_t cmachine_run_exit_reason(const struct kvm_run *run) {
    return *(const volatile uint32_t *)&run->exit_reason;
}
static inline void cmachine_run_set_immediate_exit(struct kvm_run *run, uint8_t value) {
    __atomic_store_n(&run->immediate_exit, value, __ATOMIC_SEQ_CST);
}
struct cmachine_port_exit { uint16_t port; uint8_t is_write, byte_count; uint32_t repeat; uint64_t offset; };
static inline struct cmachine_port_exit cmachine_run_port_exit(const struct kvm_run *run) {
    struct cmachine_port_exit exit = {run->io.port, run->io.direction == KVM_EXIT_IO_OUT, run->io.size,
                                      run->io.count, run->io.data_offset};
    return exit;
}
struct cmachine_memory_exit { uint64_t address, data; uint32_t byte_count; uint8_t is_write; };
static inline struct cmachine_memory_exit cmachine_run_memory_exit(const struct kvm_run *run) {
    struct cmachine_memory_exit exit = {run->mmio.phys_addr, 0, run->mmio.len, run->mmio.is_write};
    __builtin_memcpy(&exit.data, run->mmio.data, 8);
    return exit;
}
static inline void cmachine_run_set_memory_data(struct kvm_run *run, uint64_t data) {
    __builtin_memcpy(run->mmio.data, &data, 8);
}
struct cmachine_failure_exit { uint64_t reason; uint32_t suberror, data_count; uint64_t data[4]; };
static inline struct cmachine_failure_exit cmachine_run_internal_error(const struct kvm_run *run) {
    struct cmachine_failure_exit exit = {0, run->internal.suberror, run->internal.ndata, {0}};
    __builtin_memcpy(exit.data, run->internal.data, sizeof exit.data);
    return exit;
}
static inline uint64_t cmachine_run_entry_failure(const struct kvm_run *run) {
    return run->fail_entry.hardware_entry_failure_reason;
}
struct cmachine_system_event { uint32_t type; };
static inline uint32_t cmachine_run_system_event(const struct kvm_run *run) { return run->system_event.type; }
