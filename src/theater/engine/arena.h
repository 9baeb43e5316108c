// Where guests' memory comes from: address space set aside once, handed out in slots.
//
// Mapping and unmapping memory for every instance costs tens of microseconds, stops scaling with
// the second thread, and runs into the kernel's bound on mappings at some thirty thousand
// instances. An arena maps one range, lazily backed, and cuts it into slots; freeing a slot zeroes
// what was used and keeps the pages for the next owner. Who gets a slot finds zeros.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/result.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace theater::engine {

// A range of addresses that is readable, writable, and takes no memory until it is touched.
class AddressRange {
 public:
  // Fails with kResourceExhausted if the kernel refuses a range of that size.
  static Result<AddressRange> reserve(uint64_t size);
  ~AddressRange();
  AddressRange(AddressRange&& other) noexcept;
  AddressRange& operator=(AddressRange&&) = delete;

  uint8_t* base() const { return base_; }
  uint64_t size() const { return size_; }

 private:
  AddressRange(uint8_t* base, uint64_t size) : base_(base), size_(size) {}

  uint8_t* base_ = nullptr;
  uint64_t size_ = 0;
};

// Slots of one size, last freed first: the slot that is warm in the caches is the next one given
// out.
//
// Safe from any thread.
class SlotPool {
 public:
  SlotPool(uint8_t* base, uint64_t size, size_t slot_size);

  size_t slot_size() const { return slot_size_; }

  // Null when every slot is taken.
  uint8_t* take();
  void give_back(uint8_t* slot);

  size_t live() const { return live_.load(std::memory_order_relaxed); }

 private:
  struct Free {
    std::vector<uint8_t*> slots;
    uint8_t* next_unused;
  };

  uint8_t* end_;
  size_t slot_size_;
  std::atomic<size_t> live_{0};
  Guarded<Free> free_;
};

// Linear memories, in size classes from 256 KiB to 4 GiB, so that small guests share page tables.
//
// Safe from any thread.
class MemoryArena {
 public:
  static Result<std::unique_ptr<MemoryArena>> create(uint64_t reservation_bytes);

  // A zeroed slot of at least `capacity` bytes, or null when its class is full.
  uint8_t* take(size_t capacity);

  // `used`: only bytes below it may have been written. They are zero before the slot is given out
  // again.
  void give_back(uint8_t* slot, size_t capacity, size_t used);

  // Slots that are taken, over all classes.
  size_t live() const;

  static constexpr std::array<size_t, 6> kClassBytes = {size_t{256} << 10, size_t{1} << 20,
                                                        size_t{4} << 20,   size_t{16} << 20,
                                                        size_t{64} << 20,  size_t{4} << 30};

  // The class that an actor with the default memory limit falls into.
  static constexpr size_t kCommonClassBytes = size_t{64} << 20;

 private:
  explicit MemoryArena(AddressRange range);
  SlotPool* pool_for(size_t capacity);

  AddressRange range_;
  std::vector<std::unique_ptr<SlotPool>> pools_;
};

// Fiber stacks. Guest code checks its own depth, so a stack needs no guard page; what runs on it
// besides guest code is short. The lowest 256 bytes are the canary: the engine ends the process if
// they are not all zero when the guest stops running. So nothing but an overrun may write there.
//
// Safe from any thread.
class StackArena {
 public:
  static Result<std::unique_ptr<StackArena>> create(uint64_t reservation_bytes, size_t stack_size);

  // The lowest address of a stack, or null when all are taken.
  uint8_t* take() { return pool_.take(); }

  // Pages deeper than the first few are returned to the kernel.
  void give_back(uint8_t* stack);

  size_t stack_size() const { return pool_.slot_size(); }
  size_t live() const { return pool_.live(); }

 private:
  StackArena(AddressRange range, size_t stack_size);

  AddressRange range_;
  SlotPool pool_;
};

}  // namespace theater::engine
