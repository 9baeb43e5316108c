#include "theater/engine/arena.h"

#include "theater/base/check.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace theater::engine {

namespace {

constexpr size_t kPage = 4096;

// Up to here, clearing pages by hand is cheaper than giving them to the kernel and faulting them in
// again; it also keeps the pages, which is what lets spawning scale over threads.
constexpr size_t kKeepBytesMax = size_t{256} << 10;

// A stack keeps this much at its top: what an ordinary call touches.
constexpr size_t kStackKeepBytes = size_t{16} << 10;

size_t round_up(size_t size, size_t unit) {
  return (size + unit - 1) / unit * unit;
}

// Zeroes the pages of [base, base + size) that are in memory; the others are zero already.
void clear_resident(uint8_t* base, size_t size) {
  std::array<unsigned char, kKeepBytesMax / kPage> resident;
  size_t pages = round_up(size, kPage) / kPage;
  THEATER_CHECK(pages <= resident.size());
  if (::mincore(base, pages * kPage, resident.data()) != 0) {
    std::memset(base, 0, size);
    return;
  }
  for (size_t page = 0; page < pages; ++page) {
    if ((resident[page] & 1) != 0) std::memset(base + page * kPage, 0, kPage);
  }
}

void return_to_kernel(uint8_t* base, size_t size) {
  if (size == 0) return;
  THEATER_CHECK(::madvise(base, size, MADV_DONTNEED) == 0, "madvise: {}", std::strerror(errno));
}

}  // namespace

Result<AddressRange> AddressRange::reserve(uint64_t size) {
  void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    return fail(
        ErrorCode::kResourceExhausted,
        "cannot set aside {} MiB of address space: {} (is vm.overcommit_memory 2, or is the "
        "address space limited by ulimit -v?)",
        size >> 20, std::strerror(errno));
  }
  // Huge pages would make every small guest cost two megabytes.
  ::madvise(base, size, MADV_NOHUGEPAGE);
  return AddressRange(static_cast<uint8_t*>(base), size);
}

AddressRange::~AddressRange() {
  if (base_ != nullptr) ::munmap(base_, size_);
}

AddressRange::AddressRange(AddressRange&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SlotPool::SlotPool(uint8_t* base, uint64_t size, size_t slot_size)
    : end_(base + size / slot_size * slot_size), slot_size_(slot_size) {
  free_.with([&](Free& free) { free.next_unused = base; });
}

uint8_t* SlotPool::take() {
  uint8_t* slot = free_.with([&](Free& free) -> uint8_t* {
    if (!free.slots.empty()) {
      uint8_t* last = free.slots.back();
      free.slots.pop_back();
      return last;
    }
    if (free.next_unused == end_) return nullptr;
    return std::exchange(free.next_unused, free.next_unused + slot_size_);
  });
  if (slot != nullptr) live_.fetch_add(1, std::memory_order_relaxed);
  return slot;
}

void SlotPool::give_back(uint8_t* slot) {
  live_.fetch_sub(1, std::memory_order_relaxed);
  free_.with([&](Free& free) { free.slots.push_back(slot); });
}

Result<std::unique_ptr<MemoryArena>> MemoryArena::create(uint64_t reservation_bytes) {
  AddressRange range = THEATER_TRY(AddressRange::reserve(reservation_bytes));
  return std::unique_ptr<MemoryArena>(
      new MemoryArena(std::move(range)));  // tidy: owned by the result
}

MemoryArena::MemoryArena(AddressRange range) : range_(std::move(range)) {
  // Half of the addresses are for the class of the default memory limit, which nearly every actor
  // has; the other classes share the rest evenly.
  uint8_t* base = range_.base();
  for (size_t slot_size : kClassBytes) {
    uint64_t parts = slot_size == kCommonClassBytes ? 2 : 2 * (kClassBytes.size() - 1);
    uint64_t share = range_.size() / parts / kPage * kPage;
    pools_.push_back(std::make_unique<SlotPool>(base, share, slot_size));
    base += share;
  }
}

SlotPool* MemoryArena::pool_for(size_t capacity) {
  for (auto& pool : pools_) {
    if (capacity <= pool->slot_size()) return pool.get();
  }
  return nullptr;
}

uint8_t* MemoryArena::take(size_t capacity) {
  SlotPool* pool = pool_for(capacity);
  return pool == nullptr ? nullptr : pool->take();
}

void MemoryArena::give_back(uint8_t* slot, size_t capacity, size_t used) {
  size_t keep = std::min(used, kKeepBytesMax);
  clear_resident(slot, keep);
  return_to_kernel(slot + round_up(keep, kPage), round_up(used, kPage) - round_up(keep, kPage));
  pool_for(capacity)->give_back(slot);
}

size_t MemoryArena::live() const {
  size_t count = 0;
  for (const auto& pool : pools_)
    count += pool->live();
  return count;
}

Result<std::unique_ptr<StackArena>> StackArena::create(uint64_t reservation_bytes,
                                                       size_t stack_size) {
  AddressRange range = THEATER_TRY(AddressRange::reserve(reservation_bytes));
  return std::unique_ptr<StackArena>(                                  // tidy: owned by the result
      new StackArena(std::move(range), round_up(stack_size, kPage)));  // tidy: owned by the result
}

StackArena::StackArena(AddressRange range, size_t stack_size)
    : range_(std::move(range)), pool_(range_.base(), range_.size(), stack_size) {}

void StackArena::give_back(uint8_t* stack) {
  // Stacks hold nothing that a guest can read, so they are not cleared; only deep use is given
  // back.
  size_t deep = pool_.slot_size() - std::min(pool_.slot_size(), kStackKeepBytes);
  std::array<unsigned char, (size_t{4} << 20) / kPage> resident;
  size_t pages = deep / kPage;
  bool any = pages > resident.size() || ::mincore(stack, deep, resident.data()) != 0;
  // The lowest page has the canary, which is looked at and never written to.
  for (size_t page = 1; page < pages && !any; ++page)
    any = (resident[page] & 1) != 0;
  if (any) return_to_kernel(stack, deep);
  pool_.give_back(stack);
}

}  // namespace theater::engine
