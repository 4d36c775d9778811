"""More practice customers, for when a story is played again."""

from __future__ import annotations

from .script import Person

EXTRAS = (
    Person("ines_mtz", "Inés M.", followers=310), Person("rob_at_gate", "Rob A.", followers=72),
    Person("claraonrails", "Clara W.", followers=1_530), Person("yusuf_k", "Yusuf K.", followers=204),
    Person("hanna_lind", "Hanna L.", followers=655), Person("mo_travels", "Mo T.", followers=3_480),
    Person("deirdre_q", "Deirdre Q.", followers=41), Person("samwise_p", "Sam P.", followers=119),
    Person("anoukb", "Anouk B.", followers=980), Person("leonie_g", "Leonie G.", followers=266),
    Person("vikram_s", "Vikram S.", followers=1_870), Person("patt_y", "Patty Y.", followers=58),
    Person("otto_n", "Otto N.", followers=147), Person("graceel", "Grace L.", followers=502),
    Person("zsofi", "Zsófi K.", followers=833), Person("malik_j", "Malik J.", followers=2_940),
    Person("tanaka_mio", "田中 美緒", "ja", 391), Person("yamato_ko", "やまと", "ja", 1_260),
    Person("sachi_1129", "さち", "ja", 174), Person("k_morita", "森田 浩二", "ja", 63),
    Person("mugi_cha_no", "むぎ茶", "ja", 2_050), Person("eri_hoshi", "星野 えり", "ja", 718),
    Person("daichi_bb", "だいち", "ja", 330), Person("nana_kusa", "ななくさ", "ja", 945),
    Person("ishii_t", "石井 徹", "ja", 29), Person("komugi_pan", "こむぎ", "ja", 4_410),
    Person("fuyu_no_sora", "冬の空", "ja", 560), Person("ayaka_s2", "彩香", "ja", 287),
    Person("jun_trek", "ジュン", "ja", 1_090), Person("ogawa_family", "小川家", "ja", 136),
)  # fmt: skip
