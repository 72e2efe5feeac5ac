package dev.mige4j.dataset.layout;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** MagicBrush as the hub stores it: each turn is an edit of the true result of the turn before. */
final class MagicBrushLayout {

    private MagicBrushLayout() {}

    static List<LayoutItem> items(Path folder, String split) {
        List<LayoutItem> items = new ArrayList<>();
        for (List<MagicBrushTurn> session : MagicBrushTurn.loadHub(folder, split))
            for (MagicBrushTurn turn : session)
                items.add(LayoutItem.edit(
                        DatasetLayout.MAGICBRUSH.key(items.size()),
                        "session " + turn.session() + ", turn " + turn.turn(),
                        turn.instruction(),
                        turn.source(),
                        turn.target()));
        return items;
    }
}
