# Sourced: sets jobs, how many compilers may run at once on this machine, and exports it to the build tools.
# shellcheck shell=bash

# The memory this process may use, in MiB: the machine's or its container's, whichever is less.
memory_mib() {
  local machine limit
  machine=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  if [[ $limit != max && $((limit / 1048576)) -lt $machine ]]; then
    machine=$((limit / 1048576))
  fi
  echo "$machine"
}

# A compiler of this tree wants up to 2 GiB.
jobs=$(nproc)
affordable=$(($(memory_mib) / 2000))
if [[ $affordable -lt $jobs ]]; then
  jobs=$((affordable > 0 ? affordable : 1))
fi
# Many tests wait: for the disk, for a moment, for a process that starts. Twice as many keep the processors busy.
export CMAKE_BUILD_PARALLEL_LEVEL=$jobs CTEST_PARALLEL_LEVEL=$((jobs * 2)) CARGO_BUILD_JOBS=$jobs
