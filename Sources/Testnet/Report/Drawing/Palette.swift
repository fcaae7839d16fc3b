import WarrenPrimitives

/// The colours of pages and pictures: one set for light and one for dark paper.
///
/// Drawings name them by class and variable, so that one drawing does for both. Regions have hues
/// that people with poor colour vision can tell apart; further regions begin again.
enum Palette {
    static let regionCount = 8

    /// The colours on light paper, by name.
    private static let light = [
        ("paper", "#fdfdfb"), ("ink", "#1f2430"), ("soft", "#5d6675"), ("faint", "#c9ced8"),
        ("grid", "#dfe2ea"), ("card", "#ffffff"), ("cold", "#9db8d9"), ("warm", "#f0b95b"),
        ("hot", "#e4572e"), ("good", "#2e8b57"), ("bad", "#c0392b"), ("odd", "#b8860b"),
        ("accent", "#3459a6"), ("r0", "#3867d6"), ("r1", "#e1701a"), ("r2", "#2e9e6b"),
        ("r3", "#b23a8e"), ("r4", "#8c6d1f"), ("r5", "#17899e"), ("r6", "#c43c4f"),
        ("r7", "#6a5acd"),
    ]

    /// A drawing with the light colours in it: not every viewer of pictures knows variables.
    static func plain(_ drawing: String) -> String {
        light.reduce(drawing) { $0.replacing("var(--\($1.0))", with: $1.1) }
    }

    /// What a page carries in its head.
    static let variables =
        ":root{\(light.map { "--\($0.0):\($0.1)" }.joined(separator: ";"))}\n"
            + """
            @media (prefers-color-scheme:dark){:root{--paper:#14171d;--ink:#e8eaf0;--soft:#9aa3b2;\
            --faint:#454c59;--grid:#2c323d;--card:#1b1f27;--cold:#5b7fae;--warm:#d9a441;--hot:#f0694a;\
            --good:#56c288;--bad:#ee6a5b;--odd:#d9b44a;--accent:#86a8f0;--r0:#6f97f5;--r1:#f39a4c;\
            --r2:#4fc795;--r3:#dd76bd;--r4:#c9a64a;--r5:#4dbcd0;--r6:#ec7383;--r7:#9c90f0}}
            @media print{:root{--paper:#fff;--ink:#000;--soft:#444;--faint:#bbb;--grid:#ddd;--card:#fff}}
            """

    /// Of what drawings are made.
    static let drawing = """
        svg{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        svg text{fill:var(--ink)}.s{fill:var(--soft)!important}.m{text-anchor:middle}\
        .e{text-anchor:end}.b{font-weight:600}.t{font-size:18px;font-weight:600}
        .g{stroke:var(--grid);fill:none}.ring{stroke:var(--grid);fill:none}\
        .x{stroke:var(--faint);fill:none}.l{fill:none;stroke-linecap:round;stroke-linejoin:round}
        .halo{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
        .cold{fill:var(--cold)}.warm{fill:var(--warm)}.hot{fill:var(--hot)}\
        .fault{fill:var(--bad);opacity:.12}
        """
        + (0..<regionCount).map {
            ".f\($0){fill:var(--r\($0))}.k\($0){stroke:var(--r\($0))}"
        }.joined()

    /// The class that fills with the colour of the region of this number, or strokes.
    static func fill(_ region: Int) -> String { "f\(region % regionCount)" }
    static func stroke(_ region: Int) -> String { "k\(region % regionCount)" }
}
