#include "fcgi/memory_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace fcgi {
namespace {

void resize(int file, std::size_t size) {
    base::checked(ftruncate(file, static_cast<off_t>(size)), "ftruncate");
}

}  // namespace

MemoryFile::MemoryFile() : file_(base::checked(memfd_create("targethooks", MFD_CLOEXEC), "memfd_create")) {
    resize(file_.get(), kMostInput);
    map(kMostInput);
}

MemoryFile::~MemoryFile() {
    munmap(bytes_, mapped_);
    if (lent_ >= 0) close(lent_);
}

// The bytes stand at the end of the file, so that nothing of an earlier request is read behind them.
int MemoryFile::open_input(std::string_view bytes) {
    if (mapped_ > kMostInput) {
        resize(file_.get(), kMostInput);
        map(kMostInput);
    }
    const std::size_t offset = kMostInput - bytes.size();
    bytes.copy(bytes_ + offset, bytes.size());
    return lend_at(offset);
}

void MemoryFile::descriptor_was_closed() {
    lent_ = -1;
}

int MemoryFile::open_output() {
    return lend_at(0);
}

void MemoryFile::append(std::string_view bytes) const {
    base::checked(static_cast<int>(write(lent_, bytes.data(), bytes.size())), "write");
}

std::string_view MemoryFile::output() {
    const off_t end = lseek(file_.get(), 0, SEEK_CUR);
    if (end < 0) throw std::system_error(errno, std::generic_category(), "lseek");
    const auto size = static_cast<std::size_t>(end);
    if (size > mapped_) map(size);
    return {bytes_, size};
}

int MemoryFile::lend_at(std::size_t offset) {
    if (lent_ < 0) lent_ = base::checked(fcntl(file_.get(), F_DUPFD_CLOEXEC, 0), "fcntl");
    if (lseek(lent_, static_cast<off_t>(offset), SEEK_SET) < 0) {
        throw std::system_error(errno, std::generic_category(), "lseek");
    }
    return lent_;
}

void MemoryFile::map(std::size_t size) {
    void* const mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
    if (mapping == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    if (bytes_ != nullptr) munmap(bytes_, mapped_);
    bytes_ = static_cast<char*>(mapping);
    mapped_ = size;
}

}  // namespace fcgi
