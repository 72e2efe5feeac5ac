package dev.mige4j.corpus.sprites;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.corpus.specification.Concept;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpriteRasterizerTest {

    private static final String SQUARE = "{'body':'<path fill=\\'#c00\\' d=\\'M2 2h12v12H2z\\'/>'}";

    private static JsonNode json(String text) throws Exception {
        return Json.MAPPER.readTree(text.replace("\\'", "`").replace('\'', '"').replace('`', '\''));
    }

    @Test
    void excludedIconsAreSkipped() throws Exception {
        JsonNode icons = json("{'width':16,'height':16,'icons':{'cricket':" + SQUARE + ",'dog':" + SQUARE + "}}");
        List<Sprite> sprites = new ArrayList<>();
        SpriteRasterizer.rasterizeIconSet("noto-v1", icons, json("{}"), Map.of(), sprites);
        assertEquals(List.of("dog"), sprites.stream().map(Sprite::concept).toList());
        assertEquals(0xffcc0000, sprites.get(0).mipLevels()[0].argb()[5000]);
    }

    @Test
    void everyExclusionNamesAnIconSetAndAConcept() {
        for (List<String> row : SpriteRasterizer.excludedPairs()) {
            assertNotNull(AssetPackages.byIconSet(row.get(0)));
            assertNotNull(Concept.byName(row.get(1)), row + " names no concept");
        }
    }

    @Test
    void missingPackagesAreNamed(@TempDir Path folder) throws Exception {
        for (AssetPackages.AssetPackage p : AssetPackages.all())
            if (!p.name().equals("emojibase-data")) Files.createFile(folder.resolve(p.file()));
        var e = assertThrows(
                MissingPackagesException.class, () -> SpriteRasterizer.rasterizeAll(folder, ProgressListener.NONE));
        assertEquals("The corpus folder " + folder + " lacks the icon packages emojibase-data.", e.getMessage());
    }
}
