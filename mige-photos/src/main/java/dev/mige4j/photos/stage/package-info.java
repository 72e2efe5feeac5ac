/**
 * What a stage of the photo pipeline is. The stages, in order:
 *
 * <pre>
 *   filter       Photo            -&gt; Photo              size, blur, score
 *   masks        Photo            -&gt; List&lt;ObjectMask&gt;   from annotations or a segmentation model
 *   choice       List&lt;ObjectMask&gt; -&gt; ObjectMask         one object, whole, 10 to 50 % of the photograph
 *   cut-out      PhotoObject      -&gt; CutOut             white and black ground, centred, 224 px
 *   inpainting   PhotoObject      -&gt; EditPair           the photograph without and with the object; long side 720
 *   name         CutOut           -&gt; String             "dog"
 *   instruction  NamedObject      -&gt; String             with placeholders
 * </pre>
 */
package dev.mige4j.photos.stage;
