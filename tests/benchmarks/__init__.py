"""How fast Kikite is, measured: `python -m tests.benchmarks [intake pages screen memory]`. See docs/measuring.md."""
