"""Whose code a sample is counted for."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from cpu_profile import group


class Group(unittest.TestCase):
    def test_a_symbol_counts_for_whoever_wrote_it(self):
        for library, symbol, label in (
            ("[kernel.kallsyms]", "[k] tcp_sendmsg_locked", "system (sockets, threads)"),
            ("predict-service", "[.] forecast_model::recurrence::Block::weigh", "ours"),
            ("predict-service", "[.] <&mut serde_json::de::Deserializer<R> as serde_core::de::Deserializer>::x", "JSON"),
            ("predict-service", "[.] avx512_tanh_f32_0_23_9", "network (tract)"),
            ("predict-service", "[.] _mi_page_malloc_zero", "allocator"),
            ("libc.so.6", "[.] __memmove_avx512_unaligned_erms", "copying, clearing, comparing"),
            ("frontend", "[.] core::num::flt2dec::strategy::grisu::format_shortest_opt", "text and numbers as text"),
            ("predict-service", "[.] alloc::collections::btree::map::BTreeMap<K,V,A>::insert",
             "standard library and the rest"),
        ):
            self.assertEqual(group(library, symbol), label, symbol)


if __name__ == "__main__":
    unittest.main()
