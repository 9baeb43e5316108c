#include "theater/engine/engine.h"

#include "theater/base/random.h"
#include "theater/engine/testing/wat_guests.h"
#include "theater/wit/print.h"

#include <gmock/gmock.h>

namespace theater::engine::engine_test {

using ::testing::HasSubstr;
using testing::shared_engine;
using testing::Wat;

std::string error_of(const std::string& source) {
  auto component = shared_engine().compile(as_bytes(source));
  return component ? "" : component.error().to_string();
}

TEST(Engine, DescribesImportsAndExportsWithTheirTypes) {
  auto component = shared_engine().compile(as_bytes(R"((component
    (import "test:t/host" (instance $h
      (type $r' (record (field "a-b" u8) (field "c" (option string))))
      (export "r" (type $r (eq $r')))
      (export "f" (func (param "x" $r) (param "y" (list f64)) (result (result u32 (error string)))))))
    (core module $m (func (export "run")))
    (core instance $i (instantiate $m))
    (func $run (canon lift (core func $i "run")))
    (instance $api (export "run" (func $run)))
    (export "test:t/api@1.2.3" (instance $api))))"));
  ASSERT_TRUE(component) << component.error().to_string();
  ASSERT_EQ((*component)->imports().size(), 1U);
  const FunctionDecl& import = (*component)->imports()[0];
  EXPECT_EQ(import.name.to_string(), "test:t/host/f");
  EXPECT_EQ(
      wit::to_wit("f", import.type),
      "f: func(x: record { a-b: u8, c: option<string> }, y: list<f64>) -> result<u32, string>");
  ASSERT_EQ((*component)->exports().size(), 1U);
  EXPECT_EQ((*component)->exports()[0].name.to_string(), "test:t/api@1.2.3/run");
}

TEST(Engine, TextAndBinaryOfOneComponentHaveOneDigest) {
  auto text = shared_engine().compile(as_bytes("(component)")).value();
  const Bytes binary = {0, 'a', 's', 'm', 0x0d, 0, 1, 0};
  EXPECT_EQ(text->digest(), shared_engine().compile(binary).value()->digest());
  EXPECT_EQ(text->digest(), sha256(binary));
}

TEST(Engine, SaysWhatIsWrongWithBytesThatAreNoComponent) {
  EXPECT_THAT(error_of("(module)"), HasSubstr("core module"));
  EXPECT_THAT(error_of("(component (nonsense))"), HasSubstr("nonsense"));
  EXPECT_FALSE(error_of("").empty());
  EXPECT_FALSE(error_of(std::string("\0asm\x0d\0\1\0\xff\xff", 10)).empty());
  EXPECT_FALSE(error_of("hello").empty());
}

TEST(Engine, TruncatedAndMutatedComponentsAreErrorsOrComponents) {
  Bytes binary = testing::binary_of(Wat{.body = R"((func (export "run")))"}.text());
  size_t whole = 0;
  for (size_t size = 0; size <= binary.size(); ++size) {
    whole += shared_engine().compile(ByteView(binary).first(size)).has_value() ? 1 : 0;
  }
  // Some prefixes end between sections and are components of their own; most are not.
  EXPECT_GE(whole, 1U);
  EXPECT_LT(whole, binary.size() / 4);
  SeededRandom random(11);
  for (int round = 0; round < 300; ++round) {
    Bytes mutated = binary;
    for (int i = 0; i < 3; ++i) {
      mutated[random.below(mutated.size())] = static_cast<uint8_t>(random.below(256));
    }
    (void)shared_engine().compile(mutated);
  }
}

TEST(Engine, RefusesByNameWhatItDoesNotOffer) {
  auto refused = [](const std::string& type) {
    auto component = shared_engine().compile(
        as_bytes("(component (import \"f\" (func (param \"x\" " + type + "))))"));
    EXPECT_FALSE(component) << type;
    if (component) return std::string();
    EXPECT_EQ(component.error().code(), ErrorCode::kUnsupported) << component.error().message();
    return component.error().message();
  };
  EXPECT_THAT(refused("(stream u8)"), HasSubstr("stream"));
  EXPECT_THAT(refused("(future u8)"), HasSubstr("future"));
  EXPECT_THAT(refused("error-context"), HasSubstr("error-context"));
  auto resource = shared_engine().compile(as_bytes(R"((component
    (import "test:t/host" (instance (export "file" (type (sub resource)))))))"));
  ASSERT_FALSE(resource);
  EXPECT_THAT(resource.error().message(), HasSubstr("resource file"));
}

TEST(Engine, NamesEveryImportThatNobodyOffers) {
  auto component = shared_engine()
                       .compile(as_bytes(R"((component
    (import "test:t/a" (instance (export "f" (func)) (export "g" (func))))
    (import "test:t/b" (instance (export "h" (func))))))"))
                       .value();
  std::vector<HostBinding> bindings = {{{"test:t/a", "g"}, HostMode::kImmediate, 0}};
  auto program = shared_engine().link(component, bindings);
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(program.error().message(), HasSubstr("test:t/a/f, test:t/b/h"));
}

class CachedCode : public ::testing::Test {
 protected:
  const Bytes key_ = to_bytes("a key of this test's");
  Bytes code_ = [this] {
    auto component =
        shared_engine().compile(as_bytes(Wat{.body = R"((func (export "run")))"}.text())).value();
    digest_ = component->digest();
    return shared_engine().serialize(*component, key_).value();
  }();
  Hash digest_;
};

TEST_F(CachedCode, LoadsAsTheSameComponent) {
  auto component = shared_engine().load(code_, key_);
  ASSERT_TRUE(component) << component.error().to_string();
  EXPECT_EQ((*component)->exports().size(), 1U);
  auto program = shared_engine().link(*component, {}).value();
  testing::ScriptedHost host;
  auto guest = program->make_guest({}, host, std::make_shared<testing::CountingWaker>()).value();
  guest->instantiate();
  EXPECT_EQ(guest->resume(), Progress::kDone);
}

TEST_F(CachedCode, IsRefusedUnderAnotherKeyOrWithAnyByteChanged) {
  EXPECT_EQ(shared_engine().load(code_, as_bytes("another")).error().code(), ErrorCode::kCorrupt);
  SeededRandom random(5);
  for (int i = 0; i < 200; ++i) {
    Bytes changed = code_;
    changed[random.below(changed.size())] ^= static_cast<uint8_t>(1 + random.below(255));
    ASSERT_FALSE(shared_engine().load(changed, key_));
  }
  for (size_t size : {size_t{0}, size_t{10}, size_t{78}, code_.size() - 1}) {
    ASSERT_FALSE(shared_engine().load(ByteView(code_).first(size), key_));
  }
}

TEST(Engine, TheIdentityNamesTheEngineAndItsSettings) {
  EXPECT_THAT(shared_engine().identity(), HasSubstr("wasmtime-48"));
  auto other = Engine::create({.wasm_stack_bytes = size_t{64} << 10}).value();
  EXPECT_NE(other->identity(), shared_engine().identity());
}

}  // namespace theater::engine::engine_test
