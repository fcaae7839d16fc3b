/// How the page of a run looks: one column, light or dark, on paper as well.
enum PageStyle {
    static let rules = """
        *{box-sizing:border-box}html{color-scheme:light dark}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,\
        "Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        main{max-width:1060px;margin:0 auto;padding:36px 28px 60px}
        h1{font-size:30px;line-height:1.2;margin:0}h2{font-size:19px;margin:44px 0 6px}
        p{margin:4px 0 12px;max-width:75ch}.soft{color:var(--soft)}code{font-size:13px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px;margin:24px 0}
        .tile{background:var(--card);border:1px solid var(--grid);border-radius:10px;padding:12px 14px}
        .tile b{display:block;font-size:24px;line-height:1.25;font-weight:600;\
        font-variant-numeric:tabular-nums}.tile span{color:var(--soft);font-size:13px}
        .card{background:var(--card);border:1px solid var(--grid);border-radius:10px;padding:14px 16px;\
        margin:12px 0;overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th{font-weight:600;text-align:left;color:var(--soft);font-size:13px}
        th,td{padding:6px 14px 6px 0;border-bottom:1px solid var(--grid);vertical-align:top}
        tr:last-child td{border-bottom:0}.n{text-align:right;white-space:nowrap}
        .held{color:var(--good);font-weight:600}.broken{color:var(--bad);font-weight:600}
        .unknown,.open{color:var(--odd);font-weight:600}
        .bar{display:inline-block;height:10px;border-radius:3px;background:var(--accent);min-width:1px}
        .wide{display:block;width:100%;height:auto}.between{stroke:var(--soft)}
        .key i{display:inline-block;width:11px;height:11px;border-radius:3px;margin:0 5px 0 14px}
        footer{margin-top:48px;color:var(--soft);font-size:13px}
        @media print{main{max-width:none;padding:0}h2{break-after:avoid}\
        .card,.tile{break-inside:avoid;border-color:#ccc}*{print-color-adjust:exact;\
        -webkit-print-color-adjust:exact}}
        """
}
