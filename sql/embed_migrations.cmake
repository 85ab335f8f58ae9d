# Writes OUTPUT, the C++ source that defines db::migrations(), from FILES, a list of migrations/NNNN_name.sql:
#   cmake -DOUTPUT=migrations.cpp "-DFILES=a/0001_initial.sql;a/0002_more.sql" -P embed_migrations.cmake
# A file's text is expanded only inside quotes, where CMake leaves its semicolons and brackets as they are.
cmake_minimum_required(VERSION 3.25)

set(entries "")
set(expected 0)
list(SORT FILES COMPARE FILE_BASENAME)
foreach(file IN LISTS FILES)
  cmake_path(GET file STEM LAST_ONLY name)
  if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+$")
    message(FATAL_ERROR "${file}: a migration is named NNNN_name.sql, in lower-case letters, digits and \"_\"")
  endif()
  string(REGEX REPLACE "^0+" "" number "${CMAKE_MATCH_1}")
  math(EXPR expected "${expected} + 1")
  if(NOT number STREQUAL expected)
    message(FATAL_ERROR "${file}: migrations are numbered from 0001 without gaps, and this should be number ${expected}")
  endif()

  file(READ "${file}" text)
  string(FIND "${text}" ")sql\"" delimiter)
  if(NOT delimiter EQUAL -1)
    message(FATAL_ERROR "${file}: the text )sql\" can't be embedded")
  endif()
  string(APPEND entries "    Migration{${number}, \"${name}\", R\"sql(${text})sql\"},\n")
endforeach()
if(entries STREQUAL "")
  message(FATAL_ERROR "there are no migrations")
endif()

file(WRITE "${OUTPUT}" "// Written by embed_migrations.cmake from sql/migrations.
#include \"sql/connection/schema.hpp\"

#include <array>

namespace db {
namespace {

constexpr std::array kMigrations{
${entries}};

}  // namespace

std::span<const Migration> migrations() {
    return kMigrations;
}

}  // namespace db
")
