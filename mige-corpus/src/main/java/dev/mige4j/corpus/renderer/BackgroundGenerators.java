package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.Scene;
import java.util.Map;

/** The {@link BackgroundGenerator} of each scene. */
final class BackgroundGenerators {

    private static final Map<String, BackgroundGenerator> BY_SCENE = Map.ofEntries(
            Map.entry("beach", WildernessBackgrounds::beach),
            Map.entry("snowy mountains", WildernessBackgrounds::snowyMountains),
            Map.entry("meadow", CountrysideBackgrounds::meadow),
            Map.entry("desert", WildernessBackgrounds::desert),
            Map.entry("city street", TownBackgrounds::cityStreet),
            Map.entry("forest", CountrysideBackgrounds::forest),
            Map.entry("under water", WildernessBackgrounds::underWater),
            Map.entry("moon", WildernessBackgrounds::moon),
            Map.entry("living room", IndoorBackgrounds::livingRoom),
            Map.entry("wooden table", IndoorBackgrounds::woodenTable),
            Map.entry("country road", CountrysideBackgrounds::countryRoad),
            Map.entry("mountain lake", CountrysideBackgrounds::mountainLake),
            Map.entry("jungle", WildernessBackgrounds::jungle),
            Map.entry("autumn park", CountrysideBackgrounds::autumnPark),
            Map.entry("farm", CountrysideBackgrounds::farm),
            Map.entry("garden", CountrysideBackgrounds::flowerGarden),
            Map.entry("kitchen", IndoorBackgrounds::kitchen),
            Map.entry("library", IndoorBackgrounds::library),
            Map.entry("stage", IndoorBackgrounds::stage),
            Map.entry("castle yard", TownBackgrounds::castleYard),
            Map.entry("volcano", WildernessBackgrounds::volcano),
            Map.entry("harbour", TownBackgrounds::harbour),
            Map.entry("playground", TownBackgrounds::playground),
            Map.entry("ice cave", IndoorBackgrounds::iceCave));

    private BackgroundGenerators() {}

    static BackgroundGenerator of(Scene scene) {
        return BY_SCENE.get(scene.name());
    }
}
