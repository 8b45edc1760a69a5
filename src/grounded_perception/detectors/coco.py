# Copyright 2026 grounded_perception contributors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""Names and numbers of the COCO detection classes (Lin et al. 2014, https://cocodataset.org)."""

# Numbered from 1; the official ids have gaps.
_LIST = (
    'person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,'
    'fire hydrant,,stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,'
    'bear,zebra,giraffe,,backpack,umbrella,,,handbag,tie,suitcase,frisbee,skis,snowboard,'
    'sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,'
    'bottle,,wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,'
    'carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,,dining table,,,toilet,'
    ',tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,'
    'refrigerator,,book,clock,vase,scissors,teddy bear,hair drier,toothbrush'
)

#: Official category id (1 to 90, with gaps) → name, the 80 classes of the detection task.
COCO_CATEGORIES: dict[int, str] = {
    number: name for number, name in enumerate(_LIST.split(','), start=1) if name
}

#: The 80 names in the order of their ids.
COCO_NAMES: tuple[str, ...] = tuple(COCO_CATEGORIES.values())
