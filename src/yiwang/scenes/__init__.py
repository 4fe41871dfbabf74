"""Scenes (场景): each a folder of its own on the register, said in its `scene.py`. docs/add-a-scene.md tells how."""
